using System.Globalization;
using System.Text;
using Naq.Cli.Shells;
using Spectre.Console.Rendering;

namespace Naq.Cli.Monitoring;

/// <summary>What a screen shows below its first lines.</summary>
internal enum MonitorSight
{
    /// <summary>Queues, workers, and the last decision of each pool.</summary>
    All,
    Queues,
    Workers,

    /// <summary>The last decisions of every pool.</summary>
    Decisions,
}

/// <summary>Draws frames on a terminal's second screen, and obeys keys. Safe for two callers: one shows, one presses.</summary>
/// <remarks>A picture is drawn over the one before, line by line: nothing flickers, and what somebody's resizing left is overwritten.</remarks>
internal sealed class MonitorScreen : IMonitorOutput, IDisposable
{
    private const string Enter = "\e[?1049h\e[?25l\e[2J";
    private const string Leave = "\e[?25h\e[?1049l";
    private const string Home = "\e[H";
    private const string ToEndOfLine = "\e[K";
    private const string ToEndOfScreen = "\e[J";

    private static readonly int Sights = Enum.GetValues<MonitorSight>().Length;

    private readonly Shell _shell;
    private readonly MonitorPicture _picture;
    private readonly Lock _lock = new(); // guards all below, and what is written
    private MonitorFrame _frame = new();
    private MonitorSight _sight;
    private int _scrolled;
    private bool _isPaused;
    private bool _isLeft;

    public MonitorScreen(Shell shell, MonitorPicture picture)
    {
        (_shell, _picture) = (shell, picture);
        _shell.Out.Write(Enter);
        Draw();
    }

    public bool IsPaused
    {
        get
        {
            lock (_lock)
            {
                return _isPaused;
            }
        }
    }

    public void Show(MonitorFrame frame)
    {
        lock (_lock)
        {
            _frame = frame;
            Draw();
        }
    }

    /// <summary>Does what a key stands for; false: the screen shall be left.</summary>
    public bool Press(ConsoleKeyInfo key)
    {
        if (key is { KeyChar: 'q' or 'Q' } or { Key: ConsoleKey.Escape })
        {
            return false;
        }

        lock (_lock)
        {
            _isPaused ^= key.KeyChar is 'p' or 'P' or ' ';
            _scrolled = key.Key switch
            {
                ConsoleKey.UpArrow => Math.Max(0, _scrolled - 1),
                ConsoleKey.DownArrow => _scrolled + 1,
                ConsoleKey.Tab => 0,
                _ => _scrolled,
            };
            _sight = key.Key != ConsoleKey.Tab ? _sight : (MonitorSight)(((int)_sight + (key.Modifiers.HasFlag(ConsoleModifiers.Shift) ? Sights - 1 : 1)) % Sights);
            Draw();
        }

        return true;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isLeft = true;
            _shell.Out.Write(Leave);
            _shell.Out.Flush();
        }
    }

    private void Draw()
    {
        if (_isLeft)
        {
            return;
        }

        var profile = _shell.Console(_shell.Out, isTerminal: true).Profile;
        var (width, height) = (profile.Width, profile.Height);
        var head = Lines(_picture.Head(_frame, _isPaused), width);
        var body = Lines(MonitorPicture.Body(_frame, _sight, width), width);
        var room = Math.Max(1, height - head.Length - 1);
        _scrolled = Math.Clamp(_scrolled, 0, Math.Max(0, body.Length - room));
        var shown = body.AsSpan(_scrolled, Math.Min(room, body.Length - _scrolled));

        var text = new StringBuilder(Home);
        foreach (var line in (ReadOnlySpan<string>)[.. head, .. shown])
        {
            _ = text.Append(line).Append(ToEndOfLine).Append("\r\n");
        }

        var more = body.Length - _scrolled - shown.Length;
        _ = text.Append(Lines(MonitorPicture.Foot(more), width)[0]).Append(ToEndOfScreen);
        _shell.Out.Write(text);
        _shell.Out.Flush();
    }

    private string[] Lines(IRenderable what, int width)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        var console = _shell.Console(text, isTerminal: true);
        console.Profile.Width = width;
        console.Write(what);
        return text.ToString().ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
    }
}
