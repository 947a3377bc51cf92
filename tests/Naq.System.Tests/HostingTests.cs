using System.Globalization;
using Naq.Cluster;

namespace Naq.System.Tests;

/// <summary><c>samples/Hosting</c>: a program of a user's own with an autoscaler in its host, and as the program that <c>naq worker --app</c> runs.</summary>
public sealed class HostingTests
{
    private static readonly string Sample = Path.Combine(AppContext.BaseDirectory, "Hosting");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_host_starts_workers_of_its_own_program_and_drains_them()
    {
        await using var bench = await Bench.OpenAsync(TimeSpan.FromSeconds(30), Ct);
        using var host = NaqProcess.Start([bench.Database], program: Sample);

        await bench.UntilAsync(() => Task.FromResult(host.Errors.Contains("To Mia, by process", StringComparison.Ordinal)), TimeSpan.FromSeconds(60), "the letter is sent", Ct);

        // A worker claims its first job while its entry is being written.
        IReadOnlyList<WorkerRecord> workers = [];
        await bench.UntilAsync(
            async () => (workers = await WorkerRegistry.ListAsync(bench.Broker.Cluster, Ct)).Count > 0, TimeSpan.FromSeconds(60), "the worker is in the registry", Ct);
        host.Signal(15);
        await host.ExitedAsync(Ct);

        var worker = Assert.Single(workers);
        Assert.NotEqual(host.Pid, worker.Pid);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"To Mia, by process {worker.Pid}, attempt 1"), host.Errors, StringComparison.Ordinal);
        Assert.Equal(0, host.ExitCode);
        Assert.Empty(await WorkerRegistry.ListAsync(bench.Broker.Cluster, Ct));
    }

    [Fact]
    public async Task A_host_that_was_started_as_a_worker_does_not_scale_in_its_turn()
    {
        await using var bench = await Bench.OpenAsync(TimeSpan.FromSeconds(30), Ct);
        using var host = NaqProcess.Start([bench.Database], new Dictionary<string, string> { ["NAQ_REPLICA"] = "mail-1" }, program: Sample);

        await host.ExitedAsync(Ct);

        Assert.NotEqual(0, host.ExitCode);
        Assert.Contains("This process was started as a worker and is about to start workers itself.", host.Errors + host.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".dll")]
    public async Task A_worker_becomes_the_program_that_app_names(string extension)
    {
        await using var bench = await Bench.OpenAsync(TimeSpan.FromSeconds(30), Ct);
        var id = (await bench.Jobs.EnqueueRawAsync([new("mail.letter", """{"to":"Tom"}"""u8.ToArray(), new())], Ct))[0].Id;
        using var worker = NaqProcess.Start(["worker", "default", "--app", Sample + extension, "--concurrency", "1", "--broker", bench.Address]);

        var ended = await bench.Jobs.WaitAsync(id, TimeSpan.FromSeconds(60), Ct);
        worker.Signal(15);
        await worker.ExitedAsync(Ct);

        Assert.Equal(JobState.Succeeded, ended?.State);
        Assert.Equal(0, worker.ExitCode);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"To Tom, by process {worker.Pid}, attempt 1"), worker.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nothing-here", "--app nothing-here is not there. Name a project, a .dll or a program.")]
    [InlineData("/", "--app / is a folder without a project, or with several. Name a project, a .dll or a program.")]
    public async Task An_app_that_is_none_is_refused(string app, string said)
    {
        foreach (var command in (string[][])[["worker", "default"], ["up"], ["autoscale"]])
        {
            var (code, output, errors) = await NaqProcess.RunAsync([.. command, "--app", app], Ct);

            Assert.Equal((2, "", $"naq: {said}\n"), (code, output, errors));
        }
    }
}
