using System.CommandLine;
using Naq.Cli.Commands.Dead;
using Naq.Cli.Commands.Enqueue;
using Naq.Cli.Commands.Jobs;
using Naq.Cli.Commands.Queues;
using Naq.Cli.Commands.Scaling;
using Naq.Cli.Commands.Setup;
using Naq.Cli.Commands.Workers;
using Naq.Cli.Commands.Working;

namespace Naq.Cli.Commands;

/// <summary>Every command, in the order of the help.</summary>
internal static class CommandList
{
    private static readonly (string Name, Func<Command> Make)[] Makers =
    [
        ("worker", static () => new WorkerCommand()),
        ("demo", static () => new DemoCommand()),
        ("bench", static () => new BenchCommand()),
        ("up", static () => new UpCommand("up", "Run the autoscaler and the worker processes of its pools until stopped.")),
        ("autoscale", static () => new UpCommand("autoscale", "The same as up.") { new DecideCommand() }),
        ("scale", static () => new Command("scale", "Look at scaling decisions, and override them.")
        {
            new ScaleStatusCommand(),
            new ScaleHistoryCommand(),
            new ScaleExplainCommand(),
            new ScaleSetCommand(),
            new ScaleReplayCommand(),
            new ScaleDiffCommand(),
        }),
        ("forecast", static () => new ForecastCommand()),
        ("simulate", static () => new SimulateCommand()),
        ("enqueue", static () => new EnqueueCommand()),
        ("load", static () => new LoadCommand()),
        ("queue", static () => new Command("queue", "Look at queues, pause, bound, empty and delete them.")
        {
            new QueueListCommand(),
            new QueueShowCommand(),
            new QueuePauseCommand(pause: true),
            new QueuePauseCommand(pause: false),
            new QueueSetCommand(),
            new QueuePurgeCommand(),
            new QueueDeleteCommand(),
        }),
        ("job", static () => new Command("job", "Look at jobs, and change their course.")
        {
            new JobListCommand(),
            new JobShowCommand(),
            new JobRetryCommand(),
            new JobCancelCommand(),
            new JobDeleteCommand(),
            new JobWaitCommand(),
        }),
        ("dead", static () => new Command("dead", "Dead letters: jobs that were given up.")
        {
            new DeadListCommand(),
            new DeadRequeueCommand(),
        }),
        ("workers", static () => new Command("workers", "Look at the living workers, and tell them what to do.")
        {
            new WorkersListCommand(),
            new WorkersTellCommand(Cluster.WorkerCommand.Quiet, "Let workers claim nothing until they are resumed."),
            new WorkersTellCommand(Cluster.WorkerCommand.Resume, "Let quiet workers claim again."),
            new WorkersTellCommand(Cluster.WorkerCommand.Drain, "Let workers finish what they run, and leave."),
        }),
        ("monitor", static () => new MonitorCommand()),
        ("doctor", static () => new DoctorCommand()),
        ("config", static () => new Command("config", "Look at the settings that commands find here.")
        {
            new ConfigShowCommand(),
        }),
        ("completion", static () => new CompletionCommand()),
    ];

    /// <summary>The command that <paramref name="args"/> begin with; all of them where they begin with none. Making the others takes longer than many a command.</summary>
    public static IEnumerable<Command> For(IReadOnlyList<string> args) =>
        args is [var first, ..] && Array.Find(Makers, maker => maker.Name == first) is { Make: { } make } ? [make()] : Makers.Select(static maker => maker.Make());
}
