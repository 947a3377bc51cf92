using System.Globalization;
using Naq.Brokers;
using Naq.Sqlite.Engine;

namespace Naq.Sqlite;

/// <summary>What <c>naq doctor</c> says about a SQLite broker.</summary>
internal static class Diagnosis
{
    public static IReadOnlyList<Finding> Of(Session session)
    {
        var (integrity, pages, free, pageSize) = session.Reads.Examine();
        var freeDisk = session.Disk.FreeBytes();
        return
        [
            new("file", Severity.Ok, $"{session.Options.Path}, {Megabytes(pages * pageSize)}, {Megabytes(free * pageSize)} of it free for reuse"),
            new("sqlite", Severity.Ok, $"version {Database.Version}, schema {Schema.Current}"),
            integrity == "ok"
                ? new("integrity", Severity.Ok, "quick_check found nothing")
                : new("integrity", Severity.Error, $"damaged: {Printable.Escape(integrity)}. Restore a backup."),
            OfDurability(session.Options.Durability),
            freeDisk >= session.Options.MinFreeDiskBytes
                ? new("disk", Severity.Ok, $"{Megabytes(freeDisk)} free")
                : new("disk", Severity.Error, $"{Megabytes(freeDisk)} free, less than the reserve of {Megabytes(session.Options.MinFreeDiskBytes)}: enqueues are refused. Free some."),
            session.Wakeups.IsReachable
                ? new("wake-ups", Severity.Ok, "unix datagrams")
                : new("wake-ups", Severity.Warning, "no datagram socket (path too long, or none on this platform): workers look once a second instead"),
            new("lease", Severity.Ok, string.Create(CultureInfo.InvariantCulture, $"{session.Lease.TotalSeconds:0.###} s")),
        ];
    }

    private static Finding OfDurability(Durability durability) => durability switch
    {
        Durability.Full => new("durability", Severity.Ok, "full: an acknowledged job survives the death of every process, a crash of the system and loss of power"),
        Durability.Synced => new("durability", Severity.Ok, "synced: an acknowledged job survives the death of every process, a crash of the system and loss of power"),
        Durability.Normal => new("durability", Severity.Warning, "normal: an acknowledged job survives the death of every process, not a crash of the system or loss of power"),
    };

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.#} MB");
}
