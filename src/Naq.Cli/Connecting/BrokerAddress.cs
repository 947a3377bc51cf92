using Naq.Cli.Shells;

namespace Naq.Cli.Connecting;

/// <summary>Which engine keeps the jobs.</summary>
internal enum BrokerKind
{
    /// <summary>A SQLite file.</summary>
    Sqlite,

    /// <summary>This process's memory; for tests.</summary>
    Memory,
}

/// <summary>A broker's address after resolution.</summary>
/// <param name="Kind">The engine.</param>
/// <param name="Path">The file's full path (<see cref="BrokerKind.Sqlite"/>).</param>
/// <param name="Source">Who named it, such as <c>NAQ_BROKER</c>; shown by <c>-v</c> and <c>naq doctor</c>.</param>
internal sealed record BrokerAddress(BrokerKind Kind, string Path, string Source)
{
    private const string SqlitePrefix = "sqlite:";

    /// <summary>Resolves <c>--broker</c>, then <c>NAQ_BROKER</c>, <c>NAQ_NATS_URL</c>, <c>naq.json</c>, then the state folder. Never falls back silently.</summary>
    /// <exception cref="NaqConfigurationException">What was named first is not a broker that this build has.</exception>
    public static BrokerAddress Resolve(string? flag, Shell shell)
    {
        if (flag is not null)
        {
            return Parse(flag, "--broker", shell.Directory);
        }

        if (shell.Variable("NAQ_BROKER") is { } variable)
        {
            return Parse(variable, "NAQ_BROKER", shell.Directory);
        }

        if (shell.Variable("NAQ_NATS_URL") is not null)
        {
            throw NoNats("NAQ_NATS_URL");
        }

        return NaqFile.Broker(shell.Directory) is { } configured
            ? Parse(configured, NaqFile.Name, shell.Directory)
            : new(BrokerKind.Sqlite, System.IO.Path.Combine(StateFolder(shell), "naq", "naq.db"), "default");
    }

    /// <summary>What to pass to another <c>naq</c> process so that it opens the same broker.</summary>
    public override string ToString() => Kind switch
    {
        BrokerKind.Sqlite => SqlitePrefix + Path,
        BrokerKind.Memory => "memory:",
    };

    private static BrokerAddress Parse(string text, string source, string directory) => text switch
    {
        "memory:" => new(BrokerKind.Memory, "", source),
        "nats" => throw NoNats(source),
        _ when text.StartsWith("nats://", StringComparison.Ordinal) || text.StartsWith("tls://", StringComparison.Ordinal) => throw NoNats(source),
        _ when text.StartsWith(SqlitePrefix, StringComparison.Ordinal) && text.Length > SqlitePrefix.Length =>
            new(BrokerKind.Sqlite, System.IO.Path.GetFullPath(text[SqlitePrefix.Length..], directory), source),

        // The text may hold a password: it is not repeated.
        _ => throw new NaqConfigurationException($"The broker address from {source} is not valid: use sqlite:PATH."),
    };

    private static NaqConfigurationException NoNats(string source) =>
        new($"The NATS broker is not in this build yet ({source} asks for it). Use --broker sqlite:PATH.");

    private static string StateFolder(Shell shell)
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
