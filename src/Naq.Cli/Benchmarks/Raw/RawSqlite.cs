namespace Naq.Cli.Benchmarks.Raw;

/// <summary>SQLite alone: bulk enqueue, then a drain of what was stored, then a whole cycle.</summary>
internal sealed class RawSqlite(SqlitePlace place)
{
    private const int EnqueueBatch = 1000;
    private const int ClaimBatch = 100;

    private readonly List<RawClaim> _claims = new(ClaimBatch);

    public Task<IReadOnlyList<Sample>> MeasureAsync(CancellationToken ct)
    {
        using var queue = new RawQueue(place.Database, place.IsFull, place.Time);
        Cycles(queue, place.WarmUp, ct);

        var start = place.Time.GetTimestamp();
        foreach (var batch in Batches(place.Jobs))
        {
            ct.ThrowIfCancellationRequested();
            queue.Enqueue(batch);
        }

        var enqueue = place.Rate(RawFigure.Enqueue, place.Jobs, start);
        start = place.Time.GetTimestamp();
        DrainAll(queue, ct);
        var drain = place.Rate(RawFigure.Drain, place.Jobs, start);
        start = place.Time.GetTimestamp();
        Cycles(queue, place.Jobs, ct);
        return Task.FromResult<IReadOnlyList<Sample>>([enqueue, drain, place.Rate(RawFigure.Cycle, place.Jobs, start)]);
    }

    private void Cycles(RawQueue queue, int jobs, CancellationToken ct)
    {
        foreach (var batch in Batches(jobs))
        {
            queue.Enqueue(batch);
            DrainAll(queue, ct);
        }
    }

    private void DrainAll(RawQueue queue, CancellationToken ct)
    {
        for (queue.Claim(ClaimBatch, _claims); _claims.Count > 0; queue.Claim(ClaimBatch, _claims))
        {
            ct.ThrowIfCancellationRequested();
            queue.Settle(_claims);
        }
    }

    private static IEnumerable<int> Batches(int jobs)
    {
        for (; jobs > 0; jobs -= EnqueueBatch)
        {
            yield return Math.Min(jobs, EnqueueBatch);
        }
    }
}
