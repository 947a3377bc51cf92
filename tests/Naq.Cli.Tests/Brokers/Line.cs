namespace Naq.Cli.Tests.Brokers;

/// <summary>How a command of the table is run.</summary>
internal enum Run
{
    /// <summary>In the test's process, to its end.</summary>
    Here,

    /// <summary>As a process that runs on; a later line ends it.</summary>
    Beside,

    /// <summary>As a process, to its end: it starts processes of its own.</summary>
    Apart,

    /// <summary>Sends SIGTERM to the process beside, and waits for its end.</summary>
    Stop,

    /// <summary>It knows no broker: it runs once, so that the table is whole.</summary>
    WithoutBroker,
}

/// <summary>One line of the table.</summary>
/// <param name="Command">The path of the command in the tree, such as <c>queue list</c>.</param>
/// <param name="Arguments">What follows it. <c>{id}</c> is the id that <see cref="KeepsId"/> kept last.</param>
internal sealed record Line(string Command, params string[] Arguments)
{
    public Run Run { get; init; } = Run.Here;

    public string Input { get; init; } = "";

    /// <summary>The exit code that both brokers must have; null: whatever it is, both the same.</summary>
    public int? Code { get; init; } = 0;

    /// <summary>Whether the id in its answer is kept for later lines.</summary>
    public bool KeepsId { get; init; }

    /// <summary>It is run again until its output holds this text: what it shows comes about by and by.</summary>
    public string? Until { get; init; }

    /// <summary>Whether only the exit code is compared: what it prints depends on the broker by its nature, or on time.</summary>
    public bool IsFree { get; init; }

    public override string ToString() => $"naq {Command} {string.Join(' ', Arguments)}";
}
