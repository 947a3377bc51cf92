using Naq.Scaling.Provisioners;

namespace Naq.Scaling.Tests.Provisioners;

/// <summary>Real processes: a shell that obeys SIGTERM, and one that does not.</summary>
public sealed class ProcessTableTests : IDisposable
{
    private static readonly Dictionary<string, string> Named = new() { ["NAQ_REPLICA"] = "cpu-cafe0001" };
    private readonly StringWriter _log = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task Worker_obeys_the_request_to_drain()
    {
        var process = Start("trap 'kill $!; exit 0' TERM; sleep 60 & echo up; wait");
        await UntilAsync(() => _log.ToString().Contains("up", StringComparison.Ordinal));

        process.Terminate();

        Assert.Equal(0, (await EndOfAsync(process)).ExitCode);
    }

    [Fact]
    public async Task Exit_code_of_a_crash_is_seen() => Assert.Equal(7, (await EndOfAsync(Start("exit 7"))).ExitCode);

    [Fact]
    public async Task Worker_that_ignores_the_request_can_be_killed()
    {
        var process = Start("trap '' TERM; echo up; while :; do sleep 1; done");
        await UntilAsync(() => _log.ToString().Contains("up", StringComparison.Ordinal));
        process.Terminate();
        Assert.Null(process.End);

        process.Kill();

        Assert.Equal(137, (await EndOfAsync(process)).ExitCode);
    }

    [Fact]
    public async Task Living_worker_is_adopted_by_its_name_only()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "adoption reads /proc");
        var table = Table();
        var process = Start("trap 'kill $!; exit 0' TERM; sleep 60 & echo up; wait");
        await UntilAsync(() => _log.ToString().Contains("up", StringComparison.Ordinal));

        Assert.Null(table.Adopt(process.Pid, "cpu-cafe0002"));
        var adopted = table.Adopt(process.Pid, "cpu-cafe0001")!; // it lives, or the next line fails
        Assert.Null(adopted.End);
        adopted.Terminate();

        Assert.Null((await EndOfAsync(adopted)).ExitCode);
        Assert.Null(table.Adopt(process.Pid, "cpu-cafe0001"));
    }

    private ProcessTable Table() => new(["/bin/sh", "-c"], TextWriter.Synchronized(_log), TimeProvider.System);

    private IWorkerProcess Start(string script) => Table().Start([script], Named);

    private static async Task<ProcessEnd> EndOfAsync(IWorkerProcess process)
    {
        await UntilAsync(() => process.End is not null);
        return process.End!; // waited for
    }

    /// <summary>Other processes give no signal to wait on: polls, at most ten seconds.</summary>
    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var n = 0; n < 1000 && !condition(); n++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Ct);
        }

        Assert.True(condition());
    }
}
