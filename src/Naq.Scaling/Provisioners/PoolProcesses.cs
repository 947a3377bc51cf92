using Naq.Scaling.Observation;

namespace Naq.Scaling.Provisioners;

/// <summary>The processes of one pool. Not safe for concurrent use: its provisioner locks.</summary>
internal sealed class PoolProcesses(TimeProvider time)
{
    private sealed record Launched(string Name, IWorkerProcess Process, long StartedAt)
    {
        public long? StoppedAt { get; set; }
    }

    private readonly List<Launched> _entries = [];
    private TimeSpan _spent;

    public CrashBackoff Backoff { get; } = new(time);

    public int Stopping => _entries.Count(static e => e.StoppedAt is not null);

    /// <summary>From start to end, those that live until now.</summary>
    public TimeSpan WorkerTime =>
        _spent + _entries.Aggregate(TimeSpan.Zero, (sum, e) => sum + time.GetElapsedTime(e.StartedAt, e.Process.End?.At ?? time.GetTimestamp()));

    /// <summary>The replicas that live, the oldest first.</summary>
    public IReadOnlyList<PoolReplica> Replicas => [.. _entries.Select(static e => new PoolReplica(e.Name, e.StoppedAt is not null))];

    public bool Has(string name) => _entries.Exists(e => e.Name == name);

    public void Add(string name, IWorkerProcess process) => _entries.Add(new(name, process, time.GetTimestamp()));

    /// <summary>Forgets the ended, and returns how each that was not asked to stop ended.</summary>
    public IReadOnlyList<(string Name, int? ExitCode)> Reap()
    {
        var unasked = new List<(string, int?)>();
        for (var n = _entries.Count - 1; n >= 0; n--)
        {
            var entry = _entries[n];
            if (entry.Process.End is not { } end)
            {
                Backoff.NoteAlive(entry.StartedAt);
                continue;
            }

            _entries.RemoveAt(n);
            _spent += time.GetElapsedTime(entry.StartedAt, end.At);
            if (entry.StoppedAt is null)
            {
                unasked.Add((entry.Name, end.ExitCode));
            }
        }

        return unasked;
    }

    /// <summary>Notes that a replica drains already, asked by somebody else.</summary>
    public void NoteStopping(string name) => _entries.First(e => e.Name == name).StoppedAt ??= time.GetTimestamp();

    /// <summary>Asks a replica to drain, once.</summary>
    public void Stop(string name)
    {
        if (_entries.Find(e => e.Name == name) is { StoppedAt: null } entry)
        {
            entry.StoppedAt = time.GetTimestamp();
            entry.Process.Terminate();
        }
    }

    /// <summary>Ends at once whoever was asked to drain longer than <paramref name="patience"/> ago, and says how many.</summary>
    public int KillOverdue(TimeSpan patience)
    {
        var killed = 0;
        foreach (var entry in _entries)
        {
            if (entry.StoppedAt is { } stoppedAt && entry.Process.End is null && time.GetElapsedTime(stoppedAt) > patience)
            {
                entry.Process.Kill();
                killed++;
            }
        }

        return killed;
    }
}
