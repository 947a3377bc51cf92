using System.Net.Sockets;
using Naq.Sqlite.Machine;

namespace Naq.Sqlite.Tests;

public sealed class MailboxTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("naq-mailbox-").FullName;

    private string Here => Path.Combine(_folder, "here");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Who_was_rung_for_before_does_not_sleep(bool isBusy)
    {
        using var mailbox = new Mailbox(Here);
        mailbox.Ring();
        mailbox.Ring();

        Assert.Equal(Wake.None, Asleep(mailbox, isBusy, static _ => { }));
    }

    [Fact]
    public void Another_process_wakes_it_and_says_what_for()
    {
        using var mailbox = new Mailbox(Here);
        using var other = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

        Assert.True(mailbox.IsReachable);
        Assert.Equal(Wake.Attention, Asleep(mailbox, isBusy: true, _ => other.SendTo([(byte)Wake.Attention], new UnixDomainSocketEndPoint(Here))));
        Assert.Equal(Wake.None, mailbox.Look());
        _ = other.SendTo([(byte)Wake.Control], new UnixDomainSocketEndPoint(Here));
        Assert.Equal(Wake.Control, mailbox.Look());
    }

    /// <summary>Where there is no socket, and where there is one, and in short sleeps and long ones: whatever was asked for before a ring is seen after it.</summary>
    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 0)]
    [InlineData(true, 200)]
    public void No_ring_is_lost(bool isBusy, int longerBy)
    {
        const int Callers = 4;
        const int Each = 20_000;
        using var mailbox = new Mailbox(Here + new string('x', longerBy));
        Assert.Equal(longerBy == 0, mailbox.IsReachable);
        var (asked, answered) = (0, 0);
        var callers = Enumerable.Range(0, Callers).Select(_ => new Thread(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                var mine = Interlocked.Increment(ref asked);
                mailbox.Ring();

                // As a caller does, so that the sleeper falls asleep between: waits for its own answer.
                SpinWait.SpinUntil(() => Volatile.Read(ref answered) >= mine || i % 16 != 0, Patience);
            }
        }) { IsBackground = true }).ToList();
        callers.ForEach(static caller => caller.Start());
        var sleeper = new Thread(() =>
        {
            while (answered < Callers * Each)
            {
                _ = mailbox.Sleep(Timeout.Infinite, isBusy);
                Volatile.Write(ref answered, Volatile.Read(ref asked));
            }
        }) { IsBackground = true };
        sleeper.Start();

        Assert.True(sleeper.Join(Patience));
        Assert.All(callers, static caller => Assert.True(caller.Join(Patience)));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Sleeps in a thread of its own while the test does something.</summary>
    private static Wake Asleep(Mailbox mailbox, bool isBusy, Action<Mailbox> meanwhile)
    {
        var wake = Wake.None;
        var sleeper = new Thread(() => wake = mailbox.Sleep(Timeout.Infinite, isBusy)) { IsBackground = true };
        sleeper.Start();
        meanwhile(mailbox);
        Assert.True(sleeper.Join(Patience));
        return wake;
    }
}
