using System.IO.MemoryMappedFiles;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Naq.Sqlite.Machine;

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
    private readonly Socket? _sender;
    private readonly int _slot;

    public unsafe Wakeups(RunFolder folder, Random random)
    {
        _folder = folder;
        Owner = random.NextInt64(1, long.MaxValue);
        _file = MemoryMappedFile.CreateFromFile(folder.File("idle"), FileMode.OpenOrCreate, null, Slots * SlotSize);
        _view = _file.CreateViewAccessor();
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _slots = start;
        Mailbox = new(SocketPath(Owner));
        _sender = Mailbox.IsReachable ? new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false } : null;
        _slot = Mailbox.IsReachable ? TakeSlot() : -1;
    }

    /// <summary>Where this process is woken.</summary>
    public Mailbox Mailbox { get; }

    /// <summary>Names this process to others; kept in its session rows.</summary>
    public long Owner { get; }

    /// <summary>Whether others can wake this process.</summary>
    public bool IsReachable => _slot >= 0;

    /// <summary>Whether this process waits for jobs of others. Writer thread.</summary>
    public bool IsIdle { get; private set; }

    /// <summary>Says that this process waits for jobs of the queues in <paramref name="mask"/> (a bit each, number mod 64); 0: it does not.</summary>
    public void SetIdle(ulong mask)
    {
        IsIdle = mask != 0;
        if (_slot >= 0)
        {
            Volatile.Write(ref Mask(_slot), mask);
            Volatile.Write(ref Idle(_slot), mask == 0 ? 0 : 1);
        }
    }

    /// <summary>Wakes one other idle process that serves one of the queues in <paramref name="mask"/>.</summary>
    public void WakeOne(ulong mask, Wake wake)
    {
        // From the first slot on, always: light load packs onto one worker, and the others can leave.
        for (var slot = 0; slot < Slots; slot++)
        {
            if (slot != _slot && Volatile.Read(ref Idle(slot)) == 1 && (Volatile.Read(ref Mask(slot)) & mask) != 0
                && Interlocked.CompareExchange(ref Idle(slot), 0, 1) == 1 && Send(slot, wake))
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

        _sender?.Dispose();
        Mailbox.Dispose();
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
