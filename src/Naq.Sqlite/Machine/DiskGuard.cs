namespace Naq.Sqlite.Machine;

/// <summary>Watches the disk: refuses enqueues below the reserve, and keeps a ballast file whose space lets settlements and leases commit when the disk is full.</summary>
/// <remarks>Used by the writer thread only.</remarks>
internal sealed class DiskGuard(RunFolder folder, long minFreeBytes, TimeProvider time)
{
    private const int BallastBytes = 2 * 1024 * 1024;
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    private readonly string _ballast = folder.File("ballast");
    private long _lookedAt;
    private bool _isShort;

    /// <summary>Whether the disk has less than the reserve left. Looks twice a second at most.</summary>
    public bool IsShort
    {
        get
        {
            if (_lookedAt == 0 || time.GetElapsedTime(_lookedAt) >= LookEvery)
            {
                _lookedAt = time.GetTimestamp();
                _isShort = FreeBytes() < minFreeBytes;
            }

            return _isShort;
        }
    }

    public long FreeBytes() => new DriveInfo(folder.Path).AvailableFreeSpace;

    /// <summary>Makes the ballast file where there is room for it and the reserve.</summary>
    public void TakeBallast()
    {
        if (!File.Exists(_ballast) && FreeBytes() >= Math.Max(minFreeBytes, 2L * BallastBytes))
        {
            try
            {
                File.WriteAllBytes(_ballast, new byte[BallastBytes]);
            }
            catch (IOException)
            {
                DropBallast();
            }
        }
    }

    /// <summary>Frees the ballast; false: it was gone already.</summary>
    public bool DropBallast()
    {
        _isShort = true;
        _lookedAt = time.GetTimestamp();
        var was = File.Exists(_ballast);
        File.Delete(_ballast);
        return was;
    }
}
