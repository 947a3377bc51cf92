namespace Naq.Cli.Benchmarks;

/// <summary>One process runs jobs while another stores them in bulk; this one only looks.</summary>
internal sealed class ProducerScenario() : Scenario("cycle_producer")
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(2);

    public override async Task<IReadOnlyList<Sample>> RunAsync(BenchPlace place, CancellationToken ct)
    {
        var broker = await place.OpenAsync(ct).ConfigureAwait(false);
        await using (broker.ConfigureAwait(false))
        {
            var workers = await BenchWorkers.StartAsync(place, broker, Load.Plain, Crew.Process, ct).ConfigureAwait(false);
            await using (workers.ConfigureAwait(false))
            {
                var producer = ChildProcess.Producer(place);
                await using (producer.ConfigureAwait(false))
                {
                    // The start of a process is not what is measured here: timed from the first jobs that are seen.
                    await UntilAsync(async () => producer.HasAnswered || await workers.LeftAsync(ct).ConfigureAwait(false) > 0).ConfigureAwait(false);
                    var start = place.Time.GetTimestamp();
                    await UntilAsync(() => new(producer.HasAnswered)).ConfigureAwait(false);
                    await workers.UntilIdleAsync(ct).ConfigureAwait(false);
                    return [Beside(place.Rate(Name, place.Jobs, start))];

                    async Task UntilAsync(Func<ValueTask<bool>> isDone)
                    {
                        while (!await isDone().ConfigureAwait(false))
                        {
                            if (producer.HasEnded && !producer.HasAnswered)
                            {
                                throw new TimeoutException("the producer of the benchmark ended before its jobs were stored.");
                            }

                            await Task.Delay(Look, place.Time, ct).ConfigureAwait(false);
                        }
                    }
                }
            }
        }
    }
}
