using System.Runtime.InteropServices;
using Naq.Sqlite.Engine;

namespace Naq.Sqlite.Tables;

/// <summary>One write transaction: its times, its changes of counts, and what has to be woken once it is committed.</summary>
/// <remarks>Used by the writer thread only; one object, reset for each transaction.</remarks>
internal sealed class Tx
{
    private readonly Dictionary<(int Queue, Counter Kind), long> _deltas = [];
    private readonly Dictionary<(int Queue, Counter Kind), long> _stored = [];
    private readonly Statement _update;
    private readonly Statement _insert;
    private readonly Statement _read;

    public Tx(Database database)
    {
        _update = database.Prepare("UPDATE counts SET n = n + ?3 WHERE q = ?1 AND s = ?2");
        _insert = database.Prepare("INSERT INTO counts(q, s, n) VALUES(?1, ?2, ?3)");
        _read = database.Prepare("SELECT n FROM counts WHERE q = ?1 AND s = ?2");
    }

    /// <summary>Wall time in milliseconds since the Unix epoch, read after the write lock was held.</summary>
    public long WallMs { get; private set; }

    /// <summary>The machine's monotonic clock in milliseconds, read after the write lock was held.</summary>
    public long MonoMs { get; private set; }

    /// <summary>Queues that got ready jobs.</summary>
    public HashSet<int> MadeReady { get; } = [];

    /// <summary>The earliest time that this transaction scheduled a job for; <see cref="long.MaxValue"/>: none.</summary>
    public long EarliestDue { get; private set; }

    /// <summary>Sockets of sessions whose running jobs somebody asked to cancel.</summary>
    public List<long> Attention { get; } = [];

    /// <summary>Whether keys under <c>control/</c>, or queue settings, changed.</summary>
    public bool ControlChanged { get; set; }

    /// <summary>New jobs that have no rows in <c>ready</c> yet: they get them in one statement.</summary>
    public NewJobs NewReady { get; set; }

    /// <summary>Whether a job ended.</summary>
    public bool Finished { get; set; }

    public void Begin(long wallMs, long monoMs)
    {
        (WallMs, MonoMs, EarliestDue) = (wallMs, monoMs, long.MaxValue);
        _deltas.Clear();
        _stored.Clear();
        MadeReady.Clear();
        Attention.Clear();
        NewReady = default;
        ControlChanged = Finished = false;
    }

    public void Add(int queue, Counter kind, long n) => CollectionsMarshal.GetValueRefOrAddDefault(_deltas, (queue, kind), out _) += n;

    /// <summary>A count as this transaction sees it, its own changes included. The row is read once a transaction.</summary>
    public long Read(int queue, Counter kind)
    {
        ref var stored = ref CollectionsMarshal.GetValueRefOrAddDefault(_stored, (queue, kind), out var isKnown);
        if (!isKnown && _read.Bind(1, queue).Bind(2, (int)kind).Step())
        {
            stored = _read.Long(0);
            _read.Reset();
        }

        return stored + _deltas.GetValueOrDefault((queue, kind));
    }

    public void ScheduledFor(long dueMs) => EarliestDue = Math.Min(EarliestDue, dueMs);

    /// <summary>Writes each changed count once.</summary>
    public void Flush()
    {
        foreach (var ((queue, kind), n) in _deltas)
        {
            if (n != 0 && _update.Bind(1, queue).Bind(2, (int)kind).Bind(3, n).Run() == 0)
            {
                _ = _insert.Bind(1, queue).Bind(2, (int)kind).Bind(3, n).Run();
            }
        }

        _deltas.Clear();
    }
}

/// <summary>Stored jobs with ids in a row, of one queue and class.</summary>
internal readonly record struct NewJobs(int Queue, int Priority, long FirstId, int Count);
