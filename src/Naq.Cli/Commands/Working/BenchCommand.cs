using System.CommandLine;
using Naq.Cli.Bench;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Parsing;
using Naq.Cli.Shells;
using Naq.Sqlite;

namespace Naq.Cli.Commands.Working;

internal sealed class BenchCommand : NaqCommand
{
    private const int DefaultJobs = 20_000;

    private readonly Option<int?> _jobs = Opt.Number("--jobs", $"Jobs of each throughput figure (default {DefaultJobs}).", 1000, 10_000_000);

    public BenchCommand() : base("bench", "Measure this machine on fresh SQLite files, beside raw SQLite in the same run.") => Add(_jobs);

    protected override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        var folder = Directory.CreateTempSubdirectory("naq-bench-").FullName;
        try
        {
            var figures = new List<BenchDocument>();
            foreach (var durability in Enum.GetValues<Durability>())
            {
                run.Note($"throughput at durability {Choice.NameOf(durability)} …");
                var throughput = new Throughput(run, folder, durability, run.Get(_jobs) ?? DefaultJobs);
                figures.AddRange(await throughput.MeasureAsync(ct).ConfigureAwait(false));
            }

            run.Note("one worker process …");
            figures.AddRange(await new OneWorker(run, folder).MeasureAsync(ct).ConfigureAwait(false));
            await run.Output.ManyAsync(BenchDocument.View, figures, ct).ConfigureAwait(false);
            return ExitCodes.Ok;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
