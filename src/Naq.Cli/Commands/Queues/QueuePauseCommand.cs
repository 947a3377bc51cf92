using System.CommandLine;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Parsing;
using Naq.Cli.Shells;

namespace Naq.Cli.Commands.Queues;

/// <summary><c>pause</c> and <c>resume</c>.</summary>
internal sealed class QueuePauseCommand : NaqCommand
{
    private readonly Argument<string> _queue = Opt.NameArgument("queue", "The queue's name; made where it is new.");
    private readonly bool _pause;

    public QueuePauseCommand(bool pause) : base(
        pause ? "pause" : "resume",
        pause ? "Let workers leave a queue alone; what runs is finished, enqueues are still taken." : "Let workers serve a paused queue again.")
    {
        _pause = pause;
        Add(_queue);
    }

    protected override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        var broker = await run.OpenAsync(ct).ConfigureAwait(false);
        await broker.Jobs.SetQueueAsync(run.Get(_queue), new() { IsPaused = _pause }, ct).ConfigureAwait(false);
        var counts = await QueueShowCommand.RequireAsync(broker, run.Get(_queue), ct).ConfigureAwait(false);
        run.Output.One(QueueDocument.View, QueueDocument.Of(counts));
        return ExitCodes.Ok;
    }
}
