using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging;
using Naq.Cli.BuiltIns;
using Naq.Cli.Connecting;
using Naq.Cli.Demo;
using Naq.Cli.Enqueueing;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Working;
using Naq.Scaling.Provisioners;

namespace Naq.Cli.Bench;

/// <summary>What one worker process takes: to its first job, from enqueue to start, and while it idles.</summary>
internal sealed class OneWorker(Invocation run, string folder)
{
    private const int Probes = 200;
    private const string Queue = "bench";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TimeProvider _time = run.Shell.Time;

    private string LedgerPath => Path.Combine(folder, "ledger.ndjson");

    public async Task<IReadOnlyList<BenchDocument>> MeasureAsync(CancellationToken ct)
    {
        var address = new BrokerAddress(BrokerKind.Sqlite, Path.Combine(folder, "worker.db"), "bench");
        var broker = await BrokerOpener.OpenAsync(address, null, run.Shell, run.Loggers, ct).ConfigureAwait(false);
        await using (broker.ConfigureAwait(false))
        {
            var enqueuer = new Enqueuer(broker.Jobs, _time);
            await ProbeAsync(enqueuer, ct).ConfigureAwait(false);
            var settings = new WorkerSettings { Queues = [new(Queue)], Concurrency = 4 };
            var start = _time.GetTimestamp();
            using var worker = StartWorker(settings.ToArguments(address, run.LogFormat, LogLevel.Warning));
            try
            {
                await LinesAsync(1, ct).ConfigureAwait(false);
                var firstJob = _time.GetElapsedTime(start);
                var waits = await WaitsAsync(enqueuer, ct).ConfigureAwait(false);
                var (share, memory) = await IdleAsync(worker, ct).ConfigureAwait(false);
                return
                [
                    new("worker start to end of its first job", null, firstJob.TotalMilliseconds, null, "ms"),
                    new("enqueue to start in another process, half of the jobs", null, waits[Probes / 2], null, "ms"),
                    new("enqueue to start in another process, 99 %", null, waits[Probes * 99 / 100], null, "ms"),
                    new("idle worker, share of a core", null, share, null, "%"),
                    new("idle worker, resident memory", null, memory, null, "MB"),
                ];
            }
            finally
            {
                worker.Kill();
                await worker.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private Process StartWorker(IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(ProcessTable.ThisProgram[0], [.. ProcessTable.ThisProgram.Skip(1), .. arguments]);
        start.Environment[Ledger.Variable] = LedgerPath;
        return Process.Start(start) ?? throw new InvalidOperationException("The worker did not start.");
    }

    private async Task<double[]> WaitsAsync(Enqueuer enqueuer, CancellationToken ct)
    {
        for (var i = 0; i < Probes; i++)
        {
            await ProbeAsync(enqueuer, ct).ConfigureAwait(false);
            await Task.Delay(Pause, _time, ct).ConfigureAwait(false);
        }

        var lines = await LinesAsync(Probes + 1, ct).ConfigureAwait(false);
        return [.. lines.Skip(1).Select(static line => line.WaitMs).Order()];
    }

    private async Task ProbeAsync(Enqueuer enqueuer, CancellationToken ct) => _ = await enqueuer.StoreAsync(
        [JobAssembly.Assemble(NoOp.JobType.Name, Encoding.UTF8.GetBytes("{}"), null, new() { Queue = Queue }, _time)], ct).ConfigureAwait(false);

    private async Task<IReadOnlyList<LedgerLine>> LinesAsync(int count, CancellationToken ct)
    {
        var start = _time.GetTimestamp();
        while (_time.GetElapsedTime(start) < Patience)
        {
            var lines = Tally.Read(LedgerPath);
            if (lines.Count >= count)
            {
                return lines;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), _time, ct).ConfigureAwait(false);
        }

        throw new TimeoutException($"the worker had not run {count} jobs after {Patience.TotalSeconds:0} s.");
    }

    private async Task<(double Percent, double Megabytes)> IdleAsync(Process worker, CancellationToken ct)
    {
        worker.Refresh();
        var (used, start) = (worker.TotalProcessorTime, _time.GetTimestamp());
        await Task.Delay(Idle, _time, ct).ConfigureAwait(false);
        worker.Refresh();
        return ((worker.TotalProcessorTime - used) / _time.GetElapsedTime(start) * 100, worker.WorkingSet64 / 1e6);
    }
}
