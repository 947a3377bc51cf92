namespace Naq.Brokers.Memory;

/// <summary>From which queue a feed claims next: strictly by the order of its sources, or by their weights.</summary>
/// <remarks>Weights are shared out by smooth weighted round robin: exact over any run of claims, and without chance.</remarks>
internal sealed class ClaimOrder(IReadOnlyList<QueueSource> sources)
{
    private readonly bool _isWeighted = sources.Any(static s => s.Weight is not null);
    private List<Candidate> _candidates = [];
    private int _known;

    /// <summary>The queues that the feed serves, the preferred ones first.</summary>
    public IEnumerable<QueueRow> Queues => _candidates.Select(static c => c.Queue);

    /// <summary>Learns of new queues. Queues are never removed, so their number tells whether there are any.</summary>
    public void Refresh(IReadOnlyCollection<QueueRow> queues)
    {
        if (queues.Count == _known)
        {
            return;
        }

        _known = queues.Count;
        _candidates =
        [
            .. queues
                .Select(queue => (Queue: queue, Source: SourceOf(queue.Name)))
                .Where(static match => match.Source >= 0)
                .OrderBy(static match => match.Source)
                .ThenBy(static match => match.Queue.Name, StringComparer.Ordinal)
                .Select(match => new Candidate(match.Queue, sources[match.Source].Weight ?? 1)),
        ];
    }

    /// <summary>The job to claim next; null: no queue has one.</summary>
    public JobRow? Next() => _isWeighted ? NextByWeight() : NextInOrder();

    private JobRow? NextInOrder()
    {
        foreach (var candidate in _candidates)
        {
            if (candidate.Queue.Next is { } job)
            {
                return job;
            }
        }

        return null;
    }

    private JobRow? NextByWeight()
    {
        var total = 0;
        Candidate? best = null;
        foreach (var candidate in _candidates)
        {
            if (candidate.Queue.Next is not null)
            {
                total += candidate.Weight;
                candidate.Claim += candidate.Weight;
                best = best is null || candidate.Claim > best.Claim ? candidate : best;
            }
        }

        if (best is null)
        {
            return null;
        }

        best.Claim -= total;
        return best.Queue.Next;
    }

    private int SourceOf(string queue)
    {
        for (var i = 0; i < sources.Count; i++)
        {
            if (Names.Matches(sources[i].NameOrPattern, queue))
            {
                return i;
            }
        }

        return -1;
    }

    private sealed class Candidate(QueueRow queue, int weight)
    {
        public QueueRow Queue { get; } = queue;

        public int Weight { get; } = weight;

        /// <summary>What it has saved up: the largest goes next.</summary>
        public int Claim { get; set; }
    }
}
