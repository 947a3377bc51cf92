using Naq.Nats.Wire;

namespace Naq.Nats.Claims;

/// <summary>One consumer as a feed sees it. Used by the feed's own loop only, but for the flags and the time.</summary>
internal sealed class Lane(string queue, char letter)
{
    /// <summary>How long the server collects jobs, as a rule.</summary>
    public static readonly TimeSpan Usual = TimeSpan.FromMilliseconds(5);

    /// <summary>The same while others may have jobs: they wait so long for what does not come.</summary>
    public static readonly TimeSpan Short = TimeSpan.FromMilliseconds(1);

    private volatile bool _mayHave = true;
    private volatile bool _mayReturn = true;
    private long _dueAt = long.MaxValue;

    public string Queue => queue;

    public char Letter => letter;

    /// <summary>Whether a job waits in it.</summary>
    public bool Holds(Address job) => queue == job.Queue && letter == job.Lane;

    /// <summary>Whether asking could yield something: not asked yet, hinted at, or not empty when asked last.</summary>
    public bool MayHave
    {
        get => _mayHave;
        set => _mayHave = value;
    }

    /// <summary>Whether jobs of it may run somewhere, and so come back without a hint when a lease ends.</summary>
    public bool MayReturn
    {
        get => _mayReturn;
        set => _mayReturn = value;
    }

    /// <summary>Whether a hint is listened for.</summary>
    public bool IsListening { get; set; }

    /// <summary>Whether a question stands in it: then it is not asked beside.</summary>
    public bool IsStanding { get; set; }

    /// <summary>When it is to be asked again, by the monotonic clock; <see cref="long.MaxValue"/>: not known.</summary>
    public long DueAt
    {
        get => Volatile.Read(ref _dueAt);
        set => Volatile.Write(ref _dueAt, value);
    }

    /// <summary>How many jobs waited in it when that was last known.</summary>
    public ulong Waiting { get; set; }

    /// <summary>How many waited in it when all lanes were counted, for one question: another worker may have had them since.</summary>
    public ulong Counted { get; set; }

    /// <summary>How many are known to wait in it; 0: none, or it is not known.</summary>
    public ulong Known => Waiting > 0 ? Waiting : Counted;

    /// <summary>How long the server collects jobs for the next question.</summary>
    public TimeSpan Collecting { get; set; } = Usual;

    /// <summary>How often the watchdog found jobs that its hints had not told of, without a delivery since.</summary>
    public int Stalls { get; set; }
}
