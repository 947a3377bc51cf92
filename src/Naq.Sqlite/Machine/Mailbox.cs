using System.Net.Sockets;

namespace Naq.Sqlite.Machine;

/// <summary>What a datagram asks the receiving process to look at.</summary>
internal enum Wake : byte
{
    /// <summary>Nothing of another process: somebody of this one asked.</summary>
    None = 0,

    /// <summary>Jobs are ready.</summary>
    Jobs = 1,

    /// <summary>Somebody asked to cancel a job that runs here.</summary>
    Attention = 2,

    /// <summary>A control key or a queue's settings changed.</summary>
    Control = 3,

    /// <summary>Jobs are scheduled, perhaps sooner than known.</summary>
    Due = 4,
}

/// <summary>Where the writer thread sleeps until this process or another wants something of it.</summary>
/// <remarks>
/// It sleeps in a read of the socket that other processes send to, so that a datagram wakes it and nobody in between: on an idle machine each thread
/// that has to be woken costs 50 to 100 us. Who wakes it from within sends a datagram too, but only while it sleeps; of a busy writer's short sleeps
/// other processes do not know.
/// </remarks>
internal sealed class Mailbox : IDisposable
{
    private const int Quiet = 0;
    private const int Rung = 1;
    private const int Dozing = 2;
    private const int Asleep = 3;
    private const int DozeMs = 2;

    private readonly Socket? _inbox;
    private readonly Socket? _own;
    private readonly AutoResetEvent _rung = new(false);
    private readonly string _path;
    private volatile bool _isDeaf;
    private int _state;

    /// <param name="path">The socket's; where there can be none (the platform, or a path over 100 bytes) only this process wakes its writer.</param>
    public Mailbox(string path)
    {
        _path = path;
        try
        {
            _inbox = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            _inbox.Bind(new UnixDomainSocketEndPoint(path));
            _own = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
            _own.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (Exception error) when (error is SocketException or PlatformNotSupportedException or ArgumentException)
        {
            _inbox?.Dispose();
            _own?.Dispose();
            (_inbox, _own, _isDeaf) = (null, null, true);
        }
    }

    /// <summary>Whether other processes can send here.</summary>
    public bool IsReachable => !_isDeaf;

    /// <summary>Ends the sleep, or the next one before it begins. From any thread.</summary>
    public void Ring()
    {
        var state = Interlocked.Exchange(ref _state, Rung);
        if (state == Dozing || (state == Asleep && (_isDeaf || !TryRingOwn())))
        {
            _ = _rung.Set();
        }
    }

    /// <summary>Sleeps until somebody wants something, or <paramref name="ms"/> have passed. May wake for nothing. Writer thread.</summary>
    /// <param name="ms">How long at most.</param>
    /// <param name="isBusy">Whether this process will want something at once, rather than another: for some moments it alone is listened to, which costs less.</param>
    public Wake Sleep(int ms, bool isBusy)
    {
        var isRung = isBusy && (!TrySleep(Dozing) || _rung.WaitOne(DozeMs) || Interlocked.CompareExchange(ref _state, Quiet, Dozing) == Rung);
        var wake = !isRung && TrySleep(Asleep) ? Wait(ms) : Wake.None;

        // Before whoever rang is looked after: who rings from here on is another one.
        _ = Interlocked.Exchange(ref _state, Quiet);
        return wake;
    }

    /// <summary>Takes what another process has sent meanwhile; <see cref="Wake.None"/>: nothing. Writer thread.</summary>
    public Wake Look() => !_isDeaf && _inbox!.Poll(TimeSpan.Zero, SelectMode.SelectRead) ? Receive() : Wake.None;

    public void Dispose()
    {
        _inbox?.Dispose();
        _own?.Dispose();
        _rung.Dispose();
        if (_inbox is not null)
        {
            File.Delete(_path);
        }
    }

    private bool TrySleep(int state) => Interlocked.CompareExchange(ref _state, state, Quiet) == Quiet;

    private Wake Wait(int ms)
    {
        if (_isDeaf)
        {
            _ = _rung.WaitOne(ms);
            return Wake.None;
        }

        return ms == Timeout.Infinite || _inbox!.Poll(TimeSpan.FromMilliseconds(ms), SelectMode.SelectRead) ? Receive() : Wake.None;
    }

    private bool TryRingOwn()
    {
        _ = _own!.Send([(byte)Wake.None], SocketFlags.None, out var error);

        // Full: there is enough to wake up for.
        return error is SocketError.Success or SocketError.WouldBlock or SocketError.NoBufferSpaceAvailable;
    }

    private Wake Receive()
    {
        Span<byte> wake = stackalloc byte[1];
        _ = _inbox!.Receive(wake, SocketFlags.None, out var error);
        if (error != SocketError.Success)
        {
            // Broken: the look once a second serves alone from here on.
            _isDeaf = true;
        }

        return (Wake)wake[0];
    }
}
