using System.IO.MemoryMappedFiles;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Naq.Sqlite.Machine;

/// <summary>What a datagram asks the receiving process to look at.</summary>
internal enum Wake : byte
{
    /// <summary>Jobs may be ready, or scheduled sooner than known.</summary>
    Jobs = 1,

    /// <summary>Somebody asked to cancel a job that runs here.</summary>
    Attention = 2,

    /// <summary>A control key or a queue's settings changed.</summary>
    Control = 3,
}

/// <summary>Wakes other processes of the same database: a shared idle flag each, and a datagram to one of those who are idle.</summary>
/// <remarks>
/// One slot a process, in a memory-mapped file. A producer that finds a set flag clears it (so that one commit wakes one worker) and sends one
/// datagram. Nothing here is needed for correctness: whoever sleeps looks at the database's version once a second as well.
/// </remarks>
internal sealed class Wakeups : IDisposable
{
    private const int Slots = 256;
    private const int SlotSize = 64;

    private readonly RunFolder _folder;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly unsafe byte* _slots;
    private readonly Socket? _socket;
    private readonly Socket? _sender;
    private readonly Task _receiving;
    private readonly CancellationTokenSource _closing = new();
    private readonly int _slot;

    public unsafe Wakeups(RunFolder folder, Random random, Action<Wake> woken)
    {
        _folder = folder;
        Owner = random.NextInt64(1, long.MaxValue);
        _file = MemoryMappedFile.CreateFromFile(folder.File("idle"), FileMode.OpenOrCreate, null, Slots * SlotSize);
        _view = _file.CreateViewAccessor();
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _slots = start;
        try
        {
            _sender = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
            _socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            _socket.Bind(new UnixDomainSocketEndPoint(SocketPath(Owner)));
        }
        catch (Exception error) when (error is SocketException or PlatformNotSupportedException or ArgumentException)
        {
            // No datagrams here (the platform, or a path over 100 bytes): the look once a second serves alone.
            _socket?.Dispose();
            _socket = null;
        }

        _slot = _socket is null ? -1 : TakeSlot();
        _receiving = _socket is null ? Task.CompletedTask : ReceiveAsync(_socket, woken, _closing.Token);
    }

    /// <summary>Names this process to others; kept in its session rows.</summary>
    public long Owner { get; }

    /// <summary>Whether others can wake this process.</summary>
    public bool IsReachable => _slot >= 0;

    /// <summary>Says that this process waits for jobs of the queues in <paramref name="mask"/> (a bit each, number mod 64); 0: it does not.</summary>
    public void SetIdle(ulong mask)
    {
        if (_slot >= 0)
        {
            Volatile.Write(ref Mask(_slot), mask);
            Volatile.Write(ref Idle(_slot), mask == 0 ? 0 : 1);
        }
    }

    /// <summary>Wakes one other idle process that serves one of the queues in <paramref name="mask"/>.</summary>
    public void WakeOne(ulong mask)
    {
        // From the first slot on, always: light load packs onto one worker, and the others can leave.
        for (var slot = 0; slot < Slots; slot++)
        {
            if (slot != _slot && Volatile.Read(ref Idle(slot)) == 1 && (Volatile.Read(ref Mask(slot)) & mask) != 0
                && Interlocked.CompareExchange(ref Idle(slot), 0, 1) == 1 && Send(slot, Wake.Jobs))
            {
                return;
            }
        }
    }

    public void WakeAll(Wake wake)
    {
        for (var slot = 0; slot < Slots; slot++)
        {
            if (slot != _slot && Volatile.Read(ref OwnerOf(slot)) != 0)
            {
                _ = Send(slot, wake);
            }
        }
    }

    public void WakeOwner(long owner, Wake wake) => _ = Send(owner, wake);

    public void Dispose()
    {
        SetIdle(0);
        if (_slot >= 0)
        {
            _ = Interlocked.CompareExchange(ref OwnerOf(_slot), 0, Owner);
        }

        _closing.Cancel();
        _socket?.Dispose();
        _sender?.Dispose();
        if (_socket is not null)
        {
            File.Delete(SocketPath(Owner));
        }

        _receiving.ContinueWith(static (_, view) => ((Wakeups)view!).Unmap(), this, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        _closing.Dispose();
    }

    private static async Task ReceiveAsync(Socket socket, Action<Wake> woken, CancellationToken ct)
    {
        var buffer = new byte[16];
        try
        {
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(), ct).ConfigureAwait(false);
                if (received > 0)
                {
                    woken((Wake)buffer[0]);
                }
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Closed, or broken: the look once a second serves alone from here on.
        }
    }

    private void Unmap()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private string SocketPath(long owner) => _folder.File(owner.ToString("x16", System.Globalization.CultureInfo.InvariantCulture));

    private int TakeSlot()
    {
        for (var slot = 0; slot < Slots; slot++)
        {
            var owner = Volatile.Read(ref OwnerOf(slot));
            if (owner != 0 && !File.Exists(SocketPath(owner)))
            {
                owner = Release(slot, owner);
            }

            if (owner == 0 && Interlocked.CompareExchange(ref OwnerOf(slot), Owner, 0) == 0)
            {
                SetIdleOf(slot);
                return slot;
            }
        }

        return -1;
    }

    private void SetIdleOf(int slot) => Volatile.Write(ref Idle(slot), 0);

    private bool Send(int slot, Wake wake)
    {
        var owner = Volatile.Read(ref OwnerOf(slot));
        if (owner == 0 || Send(owner, wake))
        {
            return owner != 0;
        }

        _ = Release(slot, owner);
        return false;
    }

    /// <summary>Sends one datagram; false: nobody listens there any more.</summary>
    private bool Send(long owner, Wake wake)
    {
        try
        {
            _ = _sender?.SendTo([(byte)wake], new UnixDomainSocketEndPoint(SocketPath(owner)));
            return _sender is not null;
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.WouldBlock or SocketError.NoBufferSpaceAvailable)
        {
            return true;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Frees the slot of a process that died without a word.</summary>
    private long Release(int slot, long owner)
    {
        if (Interlocked.CompareExchange(ref OwnerOf(slot), 0, owner) == owner)
        {
            Volatile.Write(ref Idle(slot), 0);
            File.Delete(SocketPath(owner));
        }

        return Volatile.Read(ref OwnerOf(slot));
    }

    private unsafe ref long OwnerOf(int slot) => ref Unsafe.AsRef<long>(_slots + (slot * SlotSize));

    private unsafe ref ulong Mask(int slot) => ref Unsafe.AsRef<ulong>(_slots + (slot * SlotSize) + 8);

    private unsafe ref int Idle(int slot) => ref Unsafe.AsRef<int>(_slots + (slot * SlotSize) + 16);
}
