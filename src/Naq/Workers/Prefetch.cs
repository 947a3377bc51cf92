namespace Naq.Workers;

/// <summary>How many jobs to hold beyond the free slots: as many as ended in the last 20 ms, at most <see cref="Most"/>, so that short jobs never wait for a claim and long ones are never hoarded.</summary>
internal sealed class Prefetch(TimeProvider time)
{
    /// <summary>More is a little faster alone, but of several busy workers one then gets too small a share.</summary>
    public const int Most = 384;

    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(20);

    private readonly Queue<(long At, int Count)> _recent = new();
    private int _sum;

    /// <summary>Notes that <paramref name="ended"/> jobs ended now, and says how many to prefetch.</summary>
    public int Next(int ended)
    {
        var now = time.GetTimestamp();
        _recent.Enqueue((now, ended));
        _sum += ended;
        while (_recent.TryPeek(out var oldest) && time.GetElapsedTime(oldest.At, now) > Window)
        {
            _sum -= _recent.Dequeue().Count;
        }

        return Math.Min(_sum, Most);
    }
}
