using System.CommandLine;
using Naq.Cli.Commands.Dead;
using Naq.Cli.Commands.Enqueue;
using Naq.Cli.Commands.Jobs;
using Naq.Cli.Commands.Queues;
using Naq.Cli.Commands.Scaling;
using Naq.Cli.Commands.Workers;
using Naq.Cli.Commands.Working;

namespace Naq.Cli.Commands;

/// <summary>Every command, in the order of the help.</summary>
internal static class CommandList
{
    public static IEnumerable<Command> All() =>
    [
        new WorkerCommand(),
        new DemoCommand(),
        new BenchCommand(),
        new UpCommand("up", "Run the autoscaler and the worker processes of its pools until stopped."),
        new UpCommand("autoscale", "The same as up.") { new DecideCommand() },
        new Command("scale", "Look at scaling decisions, and override them.")
        {
            new ScaleStatusCommand(),
            new ScaleHistoryCommand(),
            new ScaleExplainCommand(),
            new ScaleSetCommand(),
            new ScaleReplayCommand(),
            new ScaleDiffCommand(),
        },
        new ForecastCommand(),
        new SimulateCommand(),
        new EnqueueCommand(),
        new LoadCommand(),
        new Command("queue", "Look at queues, pause, bound, empty and delete them.")
        {
            new QueueListCommand(),
            new QueueShowCommand(),
            new QueuePauseCommand(pause: true),
            new QueuePauseCommand(pause: false),
            new QueueSetCommand(),
            new QueuePurgeCommand(),
            new QueueDeleteCommand(),
        },
        new Command("job", "Look at jobs, and change their course.")
        {
            new JobListCommand(),
            new JobShowCommand(),
            new JobRetryCommand(),
            new JobCancelCommand(),
            new JobDeleteCommand(),
            new JobWaitCommand(),
        },
        new Command("dead", "Dead letters: jobs that were given up.")
        {
            new DeadListCommand(),
            new DeadRequeueCommand(),
        },
        new Command("workers", "Look at the living workers, and tell them what to do.")
        {
            new WorkersListCommand(),
            new WorkersTellCommand(Cluster.WorkerCommand.Quiet, "Let workers claim nothing until they are resumed."),
            new WorkersTellCommand(Cluster.WorkerCommand.Resume, "Let quiet workers claim again."),
            new WorkersTellCommand(Cluster.WorkerCommand.Drain, "Let workers finish what they run, and leave."),
        },
        new DoctorCommand(),
    ];
}
