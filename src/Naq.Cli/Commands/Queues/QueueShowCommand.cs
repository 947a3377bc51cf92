using System.CommandLine;
using Naq.Brokers;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Parsing;
using Naq.Cli.Shells;

namespace Naq.Cli.Commands.Queues;

internal sealed class QueueShowCommand : NaqCommand
{
    private readonly Argument<string> _queue = Opt.NameArgument("queue", "The queue's name.");

    public QueueShowCommand() : base("show", "Show a queue with its totals.") => Add(_queue);

    protected override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        var broker = await run.OpenAsync(ct).ConfigureAwait(false);
        run.Output.One(QueueDetail.View, QueueDetail.Of(await RequireAsync(broker, run.Get(_queue), ct).ConfigureAwait(false)));
        return ExitCodes.Ok;
    }

    /// <exception cref="ExitException">There is no such queue.</exception>
    internal static async ValueTask<QueueCounts> RequireAsync(Broker broker, string queue, CancellationToken ct)
    {
        var all = await broker.Jobs.CountsAsync(null, ct).ConfigureAwait(false);
        return all.FirstOrDefault(counts => counts.Queue == queue)
            ?? throw new ExitException(ExitCodes.NotFound, $"no queue is named '{queue}'.{Nearest.DidYouMean(queue, all.Select(static c => c.Queue))}");
    }
}
