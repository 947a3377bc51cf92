namespace Naq.Cluster;

/// <summary>How long jobs waited, in buckets that double from 10 ms to about a day: small enough for a heartbeat, fine enough to say how many were late.</summary>
internal static class WaitHistogram
{
    /// <summary>Buckets; the first holds all up to <see cref="First"/>, the last all above.</summary>
    public const int Buckets = 24;

    private const double First = 0.01;

    /// <summary>The bucket of a wait in seconds.</summary>
    public static int BucketOf(double seconds) => seconds <= First ? 0 : Math.Min(Buckets - 1, (int)Math.Ceiling(Math.Log2(seconds / First)));

    /// <summary>How many of a histogram's waits were longer than a goal in seconds; inside the goal's bucket in proportion.</summary>
    public static double Above(ReadOnlySpan<double> counts, double goal)
    {
        var (bucket, above) = (BucketOf(goal), 0.0);
        for (var i = bucket + 1; i < counts.Length; i++)
        {
            above += counts[i];
        }

        var upper = First * Math.Pow(2, bucket);
        var lower = bucket == 0 ? 0 : upper / 2;
        return bucket < counts.Length ? above + (counts[bucket] * Math.Clamp((upper - goal) / (upper - lower), 0, 1)) : above;
    }
}
