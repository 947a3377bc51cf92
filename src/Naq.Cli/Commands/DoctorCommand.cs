using System.Reflection;
using Naq.Brokers;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Shells;
using Naq.Cluster;

namespace Naq.Cli.Commands;

internal sealed class DoctorCommand() : NaqCommand("doctor", "Say which broker is used and whether it is healthy; exit code 1 where it is not.")
{
    protected override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        var (keys, address) = (ProgramServices.Keys(run.Shell), run.Address());
        var broker = await run.OpenAsync(ct).ConfigureAwait(false);
        var findings = new List<Finding>
        {
            new("naq", Severity.Ok, $"version {Version()} on .NET {Environment.Version}"),
            new("broker", Severity.Ok, $"{address} (from {address.Source})"),
        };
        if (keys is not null)
        {
            var by = SodiumCipher.IsSupported ? "libsodium" : ".NET, for libsodium does not run here";
            findings.Add(new("encryption", Severity.Ok, $"key {keys.First} encrypts, by {by}; {string.Join(", ", keys.Ids)} decrypt"));
        }

        findings.AddRange(await broker.Jobs.DiagnoseAsync(ct).ConfigureAwait(false));
        findings.Add(Workers(run, await WorkerRegistry.ListAsync(broker.Cluster, ct).ConfigureAwait(false)));
        await run.Output.ManyAsync(FindingDocument.View, findings.Select(FindingDocument.Of), ct).ConfigureAwait(false);
        return findings.Any(static finding => finding.Severity == Severity.Error) ? ExitCodes.Failed : ExitCodes.Ok;
    }

    private static Finding Workers(Invocation run, IReadOnlyList<WorkerRecord> workers) => workers.Count == 0
        ? new("workers", Severity.Warning, $"no worker is alive: start one with `{run.Hint("worker", "QUEUE")}`, or `{run.Hint("up")}`.")
        : new("workers", Severity.Ok, $"{workers.Count} alive, {workers.Sum(static w => w.Busy)} of {workers.Sum(static w => w.Concurrency)} slots busy");

    private static string Version() =>
        typeof(DoctorCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
