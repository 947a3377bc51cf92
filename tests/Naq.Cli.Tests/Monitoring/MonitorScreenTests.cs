using System.Text.RegularExpressions;
using Naq.Cli.Monitoring;
using Naq.Cli.Shells;
using Naq.Cluster;

namespace Naq.Cli.Tests.Monitoring;

/// <summary>What a terminal shows, and what its keys do.</summary>
public sealed partial class MonitorScreenTests : IDisposable
{
    private readonly Terminal _terminal = new();
    private readonly StringWriter _out = new();

    private string Picture => Colour().Replace(_out.ToString().Split("\e[H")[^1], "").Replace("\r", "", StringComparison.Ordinal);

    [Fact]
    public void Queues_workers_and_their_names_are_shown_escaped()
    {
        using var screen = Screen();

        screen.Show(Frame(new MonitorFrame
        {
            Queues = [new(new("mail[red]") { Ready = 12, Dead = 3, OldestAge = TimeSpan.FromSeconds(90) }, 1.5, 250, [1, double.NaN, 90]), new(new("off") { IsPaused = true }, null, null, [0])],
            Workers = [Worker("w\e[2J1\u202e", busy: 2)],
            Fault = new(DateTimeOffset.UnixEpoch, "no\x07 route"),
        }));

        Assert.Contains(@"cannot be read since 00:00:00Z: no\x07 route", Picture, StringComparison.Ordinal);
        Assert.Matches(@"mail\[red\] +12 +0 +0 +3 +1\.5 +250 +90\.0 s +90\.0 s +▂ █", Picture);
        Assert.Matches(@"off \(paused\) +0 +0 +0 +0 +- +- +- +0 ms +▁", Picture);
        Assert.Contains("workers (1, 2 of 4 slots busy)", Picture, StringComparison.Ordinal);
        Assert.Contains(@"w\x1b[2J1\u202e", Picture, StringComparison.Ordinal);
        Assert.DoesNotContain('\u202e', _out.ToString());
        Assert.DoesNotContain("w\e", _out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_picture_is_never_higher_than_the_screen_and_scrolls()
    {
        using var screen = Screen();
        var height = ShellOf(null).Console(_out, isTerminal: true).Profile.Height;
        screen.Show(Frame(new() { Workers = [.. Enumerable.Range(100, height).Select(static i => Worker($"w{i}", busy: 0))] }));

        Assert.True(Picture.Count(static c => c == '\n') < height);
        Assert.Contains("w100", Picture, StringComparison.Ordinal);
        Assert.Contains("lines below", Picture, StringComparison.Ordinal);

        for (var i = 0; i < height; i++)
        {
            Assert.True(screen.Press(Key(ConsoleKey.DownArrow)));
        }

        Assert.Contains($"w{99 + height}", Picture, StringComparison.Ordinal);
        Assert.DoesNotContain("w100", Picture, StringComparison.Ordinal);
        Assert.DoesNotContain("lines below", Picture, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_pause_choose_the_view_and_leave()
    {
        using var screen = Screen();
        screen.Show(Frame(new() { Workers = [Worker("w1", busy: 0)] }));

        Assert.True(screen.Press(Key(ConsoleKey.P, 'p')));
        Assert.True(screen.IsPaused);
        Assert.Contains("PAUSED", Picture, StringComparison.Ordinal);
        Assert.True(screen.Press(Key(ConsoleKey.P, 'p')));
        Assert.False(screen.IsPaused);

        Assert.True(screen.Press(Key(ConsoleKey.Tab, '\t')));
        Assert.DoesNotContain("w1", Picture, StringComparison.Ordinal);
        Assert.True(screen.Press(Key(ConsoleKey.Tab, '\t')));
        Assert.Contains("w1", Picture, StringComparison.Ordinal);
        Assert.DoesNotContain("queues (", Picture, StringComparison.Ordinal);

        Assert.True(screen.Press(Key(ConsoleKey.X, 'x')));
        Assert.False(screen.Press(Key(ConsoleKey.Q, 'q')));
    }

    [Fact]
    public void A_queue_that_was_named_and_is_not_there_is_said_so()
    {
        using var screen = Screen("mial", "m*");

        screen.Show(Frame(new()));

        Assert.Contains("no such queue yet: mial\e", _out.ToString().Replace("\e[0m", "\e", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void What_comes_after_it_was_left_is_not_drawn()
    {
        var screen = Screen();
        screen.Dispose();
        var before = _out.ToString();

        screen.Show(Frame(new()));
        screen.Press(Key(ConsoleKey.P, 'p'));

        Assert.Equal(before, _out.ToString());
        Assert.EndsWith("\e[?25h\e[?1049l", before, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_command_draws_until_q_is_pressed()
    {
        await _terminal.EnqueueAsync("a.b", "--queue", "mail");
        using var drawn = new ManualResetEventSlim();
        var output = new Watched(_out, "mail", drawn);
        var shell = ShellOf(() =>
        {
            _ = drawn.Wait(TimeSpan.FromMinutes(1));
            return Key(ConsoleKey.Q, 'q');
        }, output);

        var code = await new CommandTree(shell, null).RunAsync(["monitor", "mail"], TestContext.Current.CancellationToken);

        Assert.Equal(0, code);
        Assert.True(drawn.IsSet);
        Assert.StartsWith("\e[?1049h", _out.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("\e[?1049l", _out.ToString(), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _terminal.Dispose();
        _out.Dispose();
    }

    private MonitorScreen Screen(params string[] named) => new(ShellOf(null), new("sqlite:x", TimeSpan.FromSeconds(1), named));

    private Shell ShellOf(Func<ConsoleKeyInfo>? readKey, TextWriter? output = null) => new()
    {
        Program = "naq",
        In = Stream.Null,
        Out = output ?? _out,
        Error = TextWriter.Null,
        Variable = name => _terminal.Variables.GetValueOrDefault(name),
        Directory = _terminal.Folder,
        OutIsTerminal = true,
        ErrorIsTerminal = true,
        ReadKey = readKey,
    };

    private static MonitorFrame Frame(MonitorFrame frame) => frame with { ReadAt = DateTimeOffset.UnixEpoch };

    private static ConsoleKeyInfo Key(ConsoleKey key, char text = '\0') => new(text, key, shift: false, alt: false, control: false);

    private static WorkerRecord Worker(string name, int busy) => new()
    {
        Name = name,
        Host = "h",
        Pid = 1,
        Queues = ["mail"],
        Concurrency = 4,
        State = WorkerState.Running,
        StartedAt = DateTimeOffset.UnixEpoch,
        Busy = busy,
    };

    [GeneratedRegex(@"\e\[[0-9;?]*[A-Za-z]")]
    private static partial Regex Colour();

    /// <summary>Says when a text was written.</summary>
    private sealed class Watched(StringWriter inner, string text, ManualResetEventSlim seen) : TextWriter
    {
        public override System.Text.Encoding Encoding => inner.Encoding;

        public override void Write(char value) => inner.Write(value);

        public override void Write(string? value)
        {
            inner.Write(value);
            Look(value);
        }

        public override void Write(System.Text.StringBuilder? value)
        {
            inner.Write(value);
            Look(value?.ToString());
        }

        private void Look(string? value)
        {
            if (value?.Contains(text, StringComparison.Ordinal) == true && value.Contains("ready", StringComparison.Ordinal))
            {
                seen.Set();
            }
        }
    }
}
