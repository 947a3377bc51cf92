using Naq.Cli.Shells;

namespace Naq.Cli.Connecting;

/// <summary>Which engine keeps the jobs.</summary>
internal enum BrokerKind
{
    /// <summary>A SQLite file.</summary>
    Sqlite,

    /// <summary>NATS JetStream.</summary>
    Nats,

    /// <summary>This process's memory; for tests.</summary>
    Memory,
}

/// <summary>A broker's address after resolution.</summary>
/// <param name="Kind">The engine.</param>
/// <param name="Path">The file's full path (<see cref="BrokerKind.Sqlite"/>), or the servers' addresses (<see cref="BrokerKind.Nats"/>).</param>
/// <param name="Source">Who named it, such as <c>NAQ_BROKER</c>; shown by <c>-v</c> and <c>naq doctor</c>.</param>
internal sealed record BrokerAddress(BrokerKind Kind, string Path, string Source)
{
    private const string SqlitePrefix = "sqlite:";

    private static readonly string[] NatsSchemes = ["nats://", "tls://", "ws://", "wss://"];

    /// <summary>Where <c>nats</c> alone is, unless <c>NAQ_NATS_URL</c> says.</summary>
    public const int LocalPort = 4222;

    /// <value>Whether it was asked for as <c>nats</c> alone: <c>naq up</c> and <c>naq demo</c> start a server then.</value>
    public bool IsLocal { get; init; }

    /// <summary>Resolves <c>--broker</c>, then <c>NAQ_BROKER</c>, <c>NAQ_NATS_URL</c>, <c>naq.json</c>, then the state folder. Never falls back silently.</summary>
    /// <exception cref="NaqConfigurationException">What was named first is not a broker that this build has.</exception>
    public static BrokerAddress Resolve(string? flag, Shell shell)
    {
        if (flag is not null)
        {
            return Parse(flag, "--broker", shell);
        }

        if (shell.Variable("NAQ_BROKER") is { } variable)
        {
            return Parse(variable, "NAQ_BROKER", shell);
        }

        if (shell.Variable("NAQ_NATS_URL") is { } url)
        {
            return Parse(url, "NAQ_NATS_URL", shell);
        }

        return NaqFile.Broker(shell.Directory) is { } configured
            ? Parse(configured, NaqFile.Name, shell)
            : new(BrokerKind.Sqlite, System.IO.Path.Combine(StateFolder(shell), "naq", "naq.db"), "default");
    }

    /// <summary>What to pass to another <c>naq</c> process so that it opens the same broker.</summary>
    public override string ToString() => Kind switch
    {
        BrokerKind.Sqlite => SqlitePrefix + Path,
        BrokerKind.Nats => Path,
        BrokerKind.Memory => "memory:",
    };

    private static BrokerAddress Parse(string text, string source, Shell shell) => text switch
    {
        "memory:" => new(BrokerKind.Memory, "", source),
        "nats" => shell.Variable("NAQ_NATS_URL") is { } url
            ? Parse(url, "NAQ_NATS_URL", shell)
            : new(BrokerKind.Nats, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"nats://127.0.0.1:{LocalPort}"), source) { IsLocal = true },
        _ when NatsSchemes.Any(scheme => text.StartsWith(scheme, StringComparison.Ordinal)) => new(BrokerKind.Nats, RequireNoSecret(text, source), source),
        _ when text.StartsWith(SqlitePrefix, StringComparison.Ordinal) && text.Length > SqlitePrefix.Length =>
            new(BrokerKind.Sqlite, System.IO.Path.GetFullPath(text[SqlitePrefix.Length..], shell.Directory), source),

        // The text may hold a password: it is not repeated.
        _ => throw new NaqConfigurationException($"The broker address from {source} is not valid: use sqlite:PATH, nats://HOST:PORT or tls://HOST:PORT."),
    };

    /// <summary>An address is shown, and passed to workers in their arguments: it must hold nothing secret.</summary>
    private static string RequireNoSecret(string text, string source) => !text.Contains('@', StringComparison.Ordinal)
        ? text
        : throw new NaqConfigurationException(
            $"The broker address from {source} holds a user or a password, which others could read: use NAQ_NATS_USER with NAQ_NATS_PASSWORD_FILE, NAQ_NATS_TOKEN_FILE, NAQ_NATS_NKEY or NAQ_NATS_CREDS.");

    /// <summary>Where a user's programs keep what they may lose but would rather not.</summary>
    public static string StateFolder(Shell shell)
    {
        if (shell.Variable("XDG_STATE_HOME") is { } state && System.IO.Path.IsPathRooted(state))
        {
            return state;
        }

        return OperatingSystem.IsWindows()
            ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : System.IO.Path.Combine(shell.Variable("HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state");
    }
}
