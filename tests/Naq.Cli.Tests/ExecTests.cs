using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Naq.Cli.BuiltIns;

namespace Naq.Cli.Tests;

/// <summary><c>naq.exec</c>, against the programs of the system.</summary>
public sealed class ExecTests : IDisposable
{
    private readonly Terminal _terminal = new();
    private readonly ExecGuard _guard = new();

    public ExecTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "needs sh");

    [Theory]
    [InlineData("""{"command":["sh","-c","cat"],"stdin":{"a":[1,2.50]}}""", """{"a":[1,2.50]}""")]
    [InlineData("""{"command":["sh","-c","cat"],"stdin":"plain ü\n"}""", "\"plain \\u00FC\\n\"")]
    [InlineData("""{"command":["sh","-c","echo \"$NAQ_ATTEMPT $NAQ_FENCE $NAQ_QUEUE $NAQ_WORKER_ID\""]}""", "\"2 7 mail w1\\n\"")]
    [InlineData("""{"command":["sh","-c","printf '%s' $NAQ_JOB_ID"]}""", "\"00000000000000000000000000000000\"")]
    [InlineData("""{"command":["sh","-c",":"],"stdin":"nobody reads this"}""", "")]
    [InlineData("""{"command":["sh","-c","echo not a result >&2"]}""", "")]
    public async Task Stdout_is_the_result(string payload, string expected) => Assert.Equal("done " + expected, await RunAsync(payload));

    [Fact]
    public async Task Output_beyond_64_KiB_is_read_and_dropped()
    {
        var result = await RunAsync("""{"command":["sh","-c","head -c 300000 /dev/zero | tr '\\0' x"]}""");

        Assert.Equal("done ".Length + 65_536 + 2, result.Length);
    }

    [Fact]
    public async Task Exit_code_75_asks_for_a_retry() => Assert.Equal("retry exit code 75", await RunAsync("""{"command":["sh","-c","exit 75"]}"""));

    [Fact]
    public async Task Any_other_exit_code_fails_with_what_stderr_said()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync("""{"command":["sh","-c","echo no such order >&2; exit 3"]}"""));

        Assert.Equal("exit code 3: no such order", error.Message);
    }

    [Theory]
    [InlineData("""{"command":["cat"]}""")]
    [InlineData("""{"command":["no-such-program"]}""")]
    [InlineData("""{"command":["../sh"]}""")]
    public async Task A_program_that_is_not_allowed_never_runs(string payload) =>
        Assert.StartsWith("discard this worker does not allow", await RunAsync(payload), StringComparison.Ordinal);

    [Fact]
    public async Task A_cancelled_program_is_killed_with_its_children()
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var pids = Path.Combine(_terminal.Folder, "pids");
        var running = RunAsync($$"""{"command":["sh","-c","sleep 600 & echo $! $$ > {{pids}}.part; mv {{pids}}.part {{pids}}; wait"]}""", cancellation.Token);
        while (!File.Exists(pids))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        foreach (var pid in (await File.ReadAllTextAsync(pids, TestContext.Current.CancellationToken)).Split(' ', StringSplitOptions.TrimEntries))
        {
            await GoneAsync(pid);
        }
    }

    [Fact]
    public async Task The_guard_kills_what_still_runs_when_it_ends()
    {
        using var program = Process.Start("sleep", "600");
        using var finished = Process.Start("true");
        _guard.Arm();
        _guard.Started(program.Id);
        _guard.Started(finished.Id);
        _guard.Ended(finished.Id);

        _guard.Dispose();

        await program.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(128 + 9, program.ExitCode);
    }

    public void Dispose()
    {
        _guard.Dispose();
        _terminal.Dispose();
    }

    private static async Task GoneAsync(string pid)
    {
        while (Directory.Exists("/proc/" + pid) && !(await File.ReadAllTextAsync($"/proc/{pid}/stat")).Contains(") Z ", StringComparison.Ordinal))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    private async Task<string> RunAsync(string payload, CancellationToken? ct = null)
    {
        var policy = ExecPolicy.Of(["sh"], _terminal.ShellOf(Stream.Null, TextWriter.Null, TextWriter.Null));
        var job = JsonSerializer.Deserialize(payload, Exec.JobType.Json)!;
        var context = new JobContext { Id = default, Type = "naq.exec", Queue = "mail", Attempt = 2, Fence = 7, Worker = "w1" };
        var outcome = await new ExecHandler(policy, _guard).HandleAsync(job, context, ct ?? TestContext.Current.CancellationToken);
        return outcome.Match<Words, string>(new());
    }

    private readonly struct Words : IOutcomeVisitor<string>
    {
        public string Succeed(ReadOnlyMemory<byte> result) => "done " + Encoding.UTF8.GetString(result.Span);

        public string Snooze(TimeSpan delay) => "snooze";

        public string Retry(TimeSpan? after, string? reason) => "retry " + reason;

        public string Discard(string reason) => "discard " + reason;
    }
}
