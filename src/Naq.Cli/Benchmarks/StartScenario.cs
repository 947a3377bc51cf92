using Naq.Cli.BuiltIns;

namespace Naq.Cli.Benchmarks;

/// <summary>From the start of a worker process to the end of its first job, which waits there already, as its producer sees it.</summary>
internal sealed class StartScenario() : Scenario("start")
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public override async Task<IReadOnlyList<Sample>> RunAsync(BenchPlace place, CancellationToken ct)
    {
        var broker = await place.OpenAsync(ct).ConfigureAwait(false);
        await using (broker.ConfigureAwait(false))
        {
            var client = new JobClient(broker, place.Time);
            var job = await client.EnqueueAsync(new NoOp(), BenchPlace.ToQueue, ct).ConfigureAwait(false);
            var start = place.Time.GetTimestamp();
            var child = ChildProcess.Worker(place, withLedger: false);
            await using (child.ConfigureAwait(false))
            {
                _ = await client.WaitAsync(job.Id, Patience, ct).ConfigureAwait(false)
                    ?? throw new TimeoutException($"the worker had not run its first job after {Patience.TotalSeconds:0} s.");
                return [new(Name, place.Durability, FigureUnit.Milliseconds, place.Time.GetElapsedTime(start).TotalMilliseconds)];
            }
        }
    }
}
