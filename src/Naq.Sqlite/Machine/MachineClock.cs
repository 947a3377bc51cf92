namespace Naq.Sqlite.Machine;

/// <summary>The clocks that every process of this machine agrees on: monotonic for leases, wall for due times.</summary>
/// <remarks>
/// <see cref="TimeProvider.GetTimestamp"/> of the system is CLOCK_MONOTONIC: the same count in every process until the machine restarts, which
/// <see cref="BootId"/> tells. A change of the wall clock neither ends nor revives a lease.
/// </remarks>
internal sealed class MachineClock(TimeProvider time)
{
    public TimeProvider Time { get; } = time;

    public long MonoMs => (long)(Time.GetTimestamp() * (1000.0 / Time.TimestampFrequency));

    public long WallMs => Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Another value after each start of the machine; empty where the system does not tell.</summary>
    public static string BootId
    {
        get
        {
            const string file = "/proc/sys/kernel/random/boot_id";
            return File.Exists(file) ? File.ReadAllText(file).Trim() : "";
        }
    }
}
