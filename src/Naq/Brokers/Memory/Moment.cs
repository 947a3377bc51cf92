namespace Naq.Brokers.Memory;

/// <summary>One look at both clocks: monotonic for leases and expiry, wall for due times and display.</summary>
/// <param name="Stamp">Counts of the monotonic clock.</param>
/// <param name="Wall">The wall time.</param>
internal readonly record struct Moment(long Stamp, DateTimeOffset Wall)
{
    public static Moment Of(TimeProvider time) => new(time.GetTimestamp(), time.GetUtcNow());
}

/// <summary>Turns durations into counts of a clock and back.</summary>
internal static class Stamps
{
    extension(TimeProvider time)
    {
        public long Counts(TimeSpan duration) => (long)(duration.TotalSeconds * time.TimestampFrequency);

        public TimeSpan Duration(long counts) => TimeSpan.FromSeconds((double)counts / time.TimestampFrequency);
    }
}
