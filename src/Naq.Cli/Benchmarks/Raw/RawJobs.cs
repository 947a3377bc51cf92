using Naq.Cli.BuiltIns;
using Naq.Nats.Server;
using Naq.Nats.Wire;

namespace Naq.Cli.Benchmarks.Raw;

/// <summary>Jobs of the raw work queue: stored by one connection, taken and ended by another.</summary>
internal sealed class RawJobs(NatsPlace place, Link working, RawStreams streams, RawPublisher publisher, RawConsumer consumer)
{
    private static readonly byte[] Body = "{}"u8.ToArray();
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public async Task EnqueueAsync(RawWork work, int jobs, CancellationToken ct)
    {
        for (var queue = 0; queue < work.Queues.Count; queue++)
        {
            for (var i = work.Part(jobs, queue); i > 0; i--)
            {
                await PublishAsync(work, work.Queues[queue], ct).ConfigureAwait(false);
            }
        }

        await publisher.FlushAsync(ct).ConfigureAwait(false);
    }

    public Task DrainAsync(RawWork work, int jobs, CancellationToken ct) => consumer.RunAsync(work, jobs, withResults: false, ct);

    /// <summary>Both at once.</summary>
    public Task CycleAsync(int jobs, bool withResults, CancellationToken ct) =>
        Task.WhenAll(consumer.RunAsync(streams.Jobs, jobs, withResults, ct), EnqueueAsync(streams.Jobs, jobs, ct));

    /// <summary>How long each of some jobs took from the call that publishes it to a consumer in another process that waits with a pull, in milliseconds, in ascending order.</summary>
    public async Task<double[]> WaitsAsync(CancellationToken ct)
    {
        var arrivals = await working.Connection.SubscribeCoreAsync<long>(streams.Arrivals, cancellationToken: ct).ConfigureAwait(false);
        await using (arrivals.ConfigureAwait(false))
        {
            var child = ChildProcess.RawConsumer(place);
            await using (child.ConfigureAwait(false))
            {
                var (warm, timed) = LatencyScenario.Counts(place);
                var waits = new List<double>(timed);
                for (var i = 0; i < warm + timed; i++)
                {
                    await Task.Delay(LatencyScenario.NextPause(place), place.Time, ct).ConfigureAwait(false);
                    var called = place.Time.GetTimestamp();
                    await PublishAsync(streams.Jobs, BenchPlace.Queue, ct).ConfigureAwait(false);
                    var arrival = await arrivals.Msgs.ReadAsync(ct).AsTask().WaitAsync(Patience, place.Time, ct).ConfigureAwait(false);
                    if (i >= warm)
                    {
                        waits.Add(place.Time.GetElapsedTime(called, arrival.Data).TotalMilliseconds);
                    }
                }

                return [.. waits.Order()];
            }
        }
    }

    private ValueTask PublishAsync(RawWork work, string queue, CancellationToken ct)
    {
        var id = JobId.New(place.Time).ToString();
        return publisher.SendAsync(streams.Job(work, queue, id), Body, new() { [Header.MessageId] = id, [Header.Type] = NoOp.JobType.Name }, ct);
    }
}
