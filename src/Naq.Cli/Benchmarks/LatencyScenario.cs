using Naq.Brokers;
using Naq.Cli.Benchmarks.Raw;
using Naq.Cli.BuiltIns;
using Naq.Cli.Demo;

namespace Naq.Cli.Benchmarks;

/// <summary>From the call that enqueues a job to the start of its handler in another process that has nothing else to do.</summary>
internal sealed class LatencyScenario() : Scenario("latency")
{
    private const double MeanPauseMs = 20;

    /// <summary>How many jobs go before, and how many are timed.</summary>
    public static (int Warm, int Timed) Counts(BenchPlace place) => (Math.Clamp(place.Jobs / 500, 5, 50), Math.Clamp(place.Jobs / 100, 20, 300));

    public static TimeSpan NextPause(BenchPlace place) => TimeSpan.FromMilliseconds(MeanPauseMs * (0.5 + place.Random.NextDouble()));

    public override async Task<IReadOnlyList<Sample>> RunAsync(BenchPlace place, CancellationToken ct)
    {
        var broker = await place.OpenAsync(ct).ConfigureAwait(false);
        await using (broker.ConfigureAwait(false))
        {
            var child = ChildProcess.Worker(place, withLedger: true);
            await using (child.ConfigureAwait(false))
            {
                var calls = await EnqueueAsync(place, broker, ct).ConfigureAwait(false);
                var waits = Tally.Read(place.Ledger).Where(line => calls.ContainsKey(line.Id)).Select(line => line.WaitMs - calls[line.Id]).Order().ToArray();
                return [Beside(place.Rank("latency_p50", waits, 0.50)), place.Rank("latency_p99", waits, 0.99) with { Raw = RawFigure.LatencyP99 }];
            }
        }
    }

    /// <summary>Enqueues one job at a time and waits until each has ended; returns by how much each was enqueued after the millisecond that the broker keeps.</summary>
    private static async Task<Dictionary<string, double>> EnqueueAsync(BenchPlace place, Broker broker, CancellationToken ct)
    {
        var calls = new Dictionary<string, double>();
        var (warm, count) = Counts(place);
        for (var i = 0; i < warm + count; i++)
        {
            var job = JobAssembly.Assemble(NoOp.JobType.Name, "{}"u8.ToArray(), null, BenchPlace.ToQueue, place.Time);
            _ = await broker.Jobs.EnqueueAsync([job], ct).ConfigureAwait(false);
            if (i >= warm)
            {
                calls[job.Id.ToString()] = job.EnqueuedAt.Ticks % TimeSpan.TicksPerMillisecond / (double)TimeSpan.TicksPerMillisecond;
            }

            _ = await broker.Jobs.ResultAsync(job.Id, StartScenario.Patience, ct).ConfigureAwait(false)
                ?? throw new TimeoutException("a job of the latency benchmark did not end.");
            await Task.Delay(NextPause(place), place.Time, ct).ConfigureAwait(false);
        }

        return calls;
    }
}
