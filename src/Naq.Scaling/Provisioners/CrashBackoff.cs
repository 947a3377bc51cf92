namespace Naq.Scaling.Provisioners;

/// <summary>Slows the restarts of a pool whose workers crash: 1, 2, 4 … 60 s, until one has lived for a minute.</summary>
internal sealed class CrashBackoff(TimeProvider time)
{
    private const int MostDoublings = 6;
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Most = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Healthy = TimeSpan.FromMinutes(1);
    private long _crashedAt;

    /// <summary>Crashes in a row.</summary>
    public int Crashes { get; private set; }

    /// <summary>The pause after the last crash.</summary>
    public TimeSpan Delay => Crashes == 0 ? TimeSpan.Zero : Min(First * Math.Pow(2, Math.Min(Crashes - 1, MostDoublings)), Most);

    /// <summary>How many workers may be started now: none while pausing, one to try after a crash, else any number.</summary>
    public int Allowance => Crashes == 0 ? int.MaxValue : time.GetElapsedTime(_crashedAt) < Delay ? 0 : 1;

    /// <summary>Notes that workers crashed; those of one look count once.</summary>
    public void NoteCrash()
    {
        Crashes++;
        _crashedAt = time.GetTimestamp();
    }

    /// <summary>Notes a living worker: one that was started after the last crash and has lived long enough ends the row.</summary>
    public void NoteAlive(long startedAt)
    {
        if (startedAt >= _crashedAt && time.GetElapsedTime(startedAt) >= Healthy)
        {
            Crashes = 0;
        }
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
