using Naq.Nats.Server;

namespace Naq.Cli.Benchmarks.Raw;

/// <summary>JetStream alone: bulk enqueue, a drain of what was stored, in one queue and in many, a whole cycle without and with results, and how soon a job arrives.</summary>
internal sealed class RawNats(NatsPlace place)
{
    public async Task<IReadOnlyList<Sample>> MeasureAsync(CancellationToken ct)
    {
        // Whoever publishes has a connection of his own: on one connection, jobs and acknowledgements wait for each other.
        var publishing = await place.ConnectAsync(ct).ConfigureAwait(false);
        await using (publishing.ConfigureAwait(false))
        {
            var working = await place.ConnectAsync(ct).ConfigureAwait(false);
            await using (working.ConfigureAwait(false))
            {
                var streams = new RawStreams(working);
                await streams.MakeAsync(ct).ConfigureAwait(false);
                try
                {
                    return await MeasureAsync(streams, publishing, working, ct).ConfigureAwait(false);
                }
                finally
                {
                    await streams.DeleteAsync(CancellationToken.None).ConfigureAwait(false);
                }
            }
        }
    }

    private async Task<IReadOnlyList<Sample>> MeasureAsync(RawStreams streams, Link publishing, Link working, CancellationToken ct)
    {
        var publisher = await RawPublisher.OpenAsync(publishing, ct).ConfigureAwait(false);
        await using (publisher.ConfigureAwait(false))
        {
            var results = await RawPublisher.OpenAsync(working, ct).ConfigureAwait(false);
            await using (results.ConfigureAwait(false))
            {
                return await MeasureAsync(streams, new(place, working, streams, publisher, new(working, streams, results, place.Time)), ct).ConfigureAwait(false);
            }
        }
    }

    private async Task<IReadOnlyList<Sample>> MeasureAsync(RawStreams streams, RawJobs jobs, CancellationToken ct)
    {
        await jobs.CycleAsync(place.WarmUp, withResults: true, ct).ConfigureAwait(false);
        var enqueue = await TimeAsync(RawFigure.Enqueue, () => jobs.EnqueueAsync(streams.Jobs, place.Jobs, ct)).ConfigureAwait(false);
        var drain = await TimeAsync(RawFigure.Drain, () => jobs.DrainAsync(streams.Jobs, place.Jobs, ct)).ConfigureAwait(false);
        var cycle = await TimeAsync(RawFigure.Cycle, () => jobs.CycleAsync(place.Jobs, withResults: false, ct)).ConfigureAwait(false);
        var results = await TimeAsync(RawFigure.CycleResults, () => jobs.CycleAsync(place.Jobs, withResults: true, ct)).ConfigureAwait(false);
        await jobs.EnqueueAsync(streams.QueuedJobs, place.Jobs, ct).ConfigureAwait(false);
        var queues = await TimeAsync(RawFigure.DrainQueues, () => jobs.DrainAsync(streams.QueuedJobs, place.Jobs, ct)).ConfigureAwait(false);
        var waits = await jobs.WaitsAsync(ct).ConfigureAwait(false);
        return [enqueue, drain, queues, cycle, results, place.Rank(RawFigure.LatencyP50, waits, 0.50), place.Rank(RawFigure.LatencyP99, waits, 0.99)];
    }

    private async Task<Sample> TimeAsync(string figure, Func<Task> work)
    {
        var start = place.Time.GetTimestamp();
        await work().ConfigureAwait(false);
        return place.Rate(figure, place.Jobs, start);
    }
}
