using Naq.Brokers;
using Naq.Nats.Queues;
using Naq.Nats.Wire;

namespace Naq.Nats.Claims;

/// <summary>Which lane a feed asks next, and for how many jobs: strictly by the order of its sources, or by their weights.</summary>
/// <remarks>Weights are kept by stride scheduling (Waldspurger, Weihl, 1995): whoever has had least for its weight goes next.</remarks>
internal sealed class LaneOrder(IReadOnlyList<QueueSource> sources)
{
    private readonly bool _isWeighted = sources.Any(static source => source.Weight is not null);
    private List<Served> _queues = [];
    private int _version = -1;

    public IEnumerable<Lane> Lanes => _queues.SelectMany(static queue => queue.Lanes);

    /// <summary>Learns of new queues and lanes, and of pauses.</summary>
    public void Refresh(QueueList list)
    {
        var version = list.Version;
        if (version == _version)
        {
            return;
        }

        _version = version;
        var known = _queues.ToDictionary(static queue => queue.Name, StringComparer.Ordinal);
        _queues =
        [
            .. list.All
                .Select(entry => (Name: entry.Key, Record: entry.Value, Source: SourceOf(entry.Key)))
                .Where(static match => match.Source >= 0)
                .OrderBy(static match => match.Source)
                .ThenBy(static match => match.Name, StringComparer.Ordinal)
                .Select(match => (known.GetValueOrDefault(match.Name) ?? new Served(match.Name, sources[match.Source].Weight ?? 1)).With(match.Record)),
        ];
    }

    /// <summary>The next to ask, for how many jobs, and whether it is the only one that may have any; null: nothing is known to have jobs.</summary>
    public (Lane Lane, int Most, bool IsOnly)? Next(int credits)
    {
        List<Served> ready = [.. _queues.Where(static queue => queue.NextLane is not null)];
        if (ready.Count == 0)
        {
            return null;
        }

        if (!_isWeighted || ready.Count == 1)
        {
            return (ready[0].NextLane!, credits, ready is [{ HasOneLane: true }]);
        }

        // A queue that was empty does not save up what it could not use.
        var least = ready.Where(static queue => queue.WasReady).Select(static queue => (double?)queue.Passed).Min() ?? 0;
        foreach (var queue in ready.Where(static queue => !queue.WasReady))
        {
            queue.Passed = Math.Max(queue.Passed, least);
        }

        foreach (var queue in _queues)
        {
            queue.WasReady = queue.NextLane is not null;
        }

        var first = ready.MinBy(static queue => queue.Passed)!;
        var next = ready.Where(queue => queue != first).Min(static queue => queue.Passed);

        // As many as it may have until another one is behind it, at the least one; shares of what is asked now for the rest.
        var total = ready.Sum(static queue => queue.Weight);
        var share = (int)Math.Ceiling(credits * (double)first.Weight / total);
        var ahead = (int)Math.Floor((next - first.Passed) * first.Weight) + 1;
        return (first.NextLane!, Math.Clamp(Math.Max(share, ahead), 1, credits), false);
    }

    /// <summary>In how many of the queues that may have jobs it is not known that any wait.</summary>
    public int Unknown => _queues.Count(static queue => queue.NextLane is { Known: 0 });

    public void ForgetCounts()
    {
        foreach (var lane in Lanes)
        {
            lane.Counted = 0;
        }
    }

    /// <summary>The lane of jobs that run alone that is to be asked; null: none.</summary>
    public Lane? NextAlone() => _queues.Where(static queue => !queue.IsPaused).Select(static queue => queue.Alone).FirstOrDefault(static lane => lane is { MayHave: true });

    /// <summary>A job was delivered.</summary>
    public void Delivered(string queue)
    {
        if (_isWeighted)
        {
            Pass(queue);
        }
    }

    /// <summary>Whether a lane's queue is paused, or not served any more.</summary>
    public bool IsPaused(Lane lane) => _queues.Find(served => served.Name == lane.Queue)?.IsPaused ?? true;

    public Lane? Find(string queue, char letter) => Lanes.FirstOrDefault(lane => lane.Queue == queue && lane.Letter == letter);

    private void Pass(string queue)
    {
        if (_queues.Find(served => served.Name == queue) is { } served)
        {
            served.Passed += 1.0 / served.Weight;
        }
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

    private sealed class Served(string name, int weight)
    {
        // Replaced, never changed: whoever receives looks lanes up while the loop learns of new ones.
        private volatile Lane[] _lanes = [];

        public string Name => name;

        public int Weight => weight;

        /// <summary>Jobs had, by weight.</summary>
        public double Passed { get; set; }

        public bool WasReady { get; set; }

        public bool IsPaused { get; private set; }

        public IEnumerable<Lane> Lanes => _lanes;

        /// <summary>The highest class that may have jobs; null: none has, or the queue is paused.</summary>
        public Lane? NextLane => IsPaused ? null : Array.Find(_lanes, IsReady);

        /// <summary>Whether no more than one of its lanes may have jobs.</summary>
        public bool HasOneLane => _lanes.Count(IsReady) < 2;

        public Lane? Alone => Array.Find(_lanes, static lane => lane.Letter == Address.Alone);

        private static bool IsReady(Lane lane) => lane is { Letter: not Address.Alone, MayHave: true, IsStanding: false };

        public Served With(QueueRecord record)
        {
            IsPaused = record.IsPaused;
            var added = record.Lanes.Intersect(QueueList.ClaimLanes).Except(_lanes.Select(static lane => lane.Letter)).ToList();
            if (added.Count > 0)
            {
                _lanes = [.. _lanes.Concat(added.Select(letter => new Lane(name, letter))).OrderBy(static lane => lane.Letter)];
            }

            return this;
        }
    }
}
