using Naq.Sqlite.Machine;

namespace Naq.Sqlite;

/// <summary>What an acknowledgement survives.</summary>
public enum Durability
{
    /// <summary>Synced to disk inside each transaction, before anybody sees it: survives loss of power.</summary>
    Full,

    /// <summary>Survives the death of every process, not loss of power or a crash of the operating system.</summary>
    Normal,

    /// <summary>Synced to disk before it is acknowledged, one sync for all that wait: survives loss of power as <see cref="Full"/> does.</summary>
    /// <remarks>Others may see a job a moment before it is on the disk, and a worker may start it then; loss of power in that moment forgets a job whose enqueue nobody was told of.</remarks>
    Synced,
}

/// <summary>How a SQLite broker is opened.</summary>
public sealed record SqliteBrokerOptions
{
    /// <value>The database file; made, with mode 0600, where it is missing. Its folder must be on a local disk.</value>
    public required string Path { get; init; }

    /// <value>What an acknowledgement survives. Default <see cref="Durability.Synced"/>. The same for all processes of one file.</value>
    public Durability Durability { get; init; } = Durability.Synced;

    /// <value>How long a claim lasts without extension: 500 ms to 1 h. Kept in the file when it is made; another value is refused later. Default: the file's, or 30 s.</value>
    public TimeSpan? LeaseDuration { get; init; }

    /// <value>Enqueues are refused while the disk has less than this free. Default 256 MB.</value>
    public long MinFreeDiskBytes { get; init; } = 256_000_000;

    /// <value>Finished jobs are forgotten after this time. Default 7 days.</value>
    public TimeSpan KeepFinished { get; init; } = TimeSpan.FromDays(7);

    /// <value>At most so many finished jobs are kept, the oldest go first. Default 1,000,000.</value>
    public long MaxFinished { get; init; } = 1_000_000;

    /// <value>Dead letters are forgotten after this time. Default 90 days.</value>
    public TimeSpan KeepDead { get; init; } = TimeSpan.FromDays(90);

    /// <value>At most so many dead letters are kept, the oldest go first. Default 100,000.</value>
    public long MaxDead { get; init; } = 100_000;

    /// <summary>How the log is brought to the disk.</summary>
    internal LogDisk LogDisk { get; init; } = LogDisk.Real;

    /// <summary>Throws what is wrong, all at once.</summary>
    internal void Validate()
    {
        var faults = new List<string>();
        if (Path.Length == 0 || Path.Contains('\0', StringComparison.Ordinal) || Path.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
        {
            faults.Add($"SQLite path '{Printable.Escape(Path)}' is not valid: use a plain file path.");
        }

        if (LeaseDuration is { } lease && (lease < TimeSpan.FromMilliseconds(500) || lease > TimeSpan.FromHours(1)))
        {
            faults.Add($"lease {lease} is not within 500 ms and 1 h.");
        }

        if (MinFreeDiskBytes < 0 || MaxFinished < 0 || MaxDead < 0 || KeepFinished < TimeSpan.Zero || KeepDead < TimeSpan.Zero)
        {
            faults.Add("a bound of the SQLite broker is negative: use 0 or more.");
        }

        if (faults.Count > 0)
        {
            throw new NaqConfigurationException(string.Join('\n', faults));
        }
    }
}
