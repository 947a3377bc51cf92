using System.CommandLine;
using System.Globalization;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Parsing;
using Naq.Cli.Shells;

namespace Naq.Cli.Commands.Queues;

internal sealed class QueueSetCommand : NaqCommand
{
    private const string None = "none";

    private readonly Argument<string> _queue = Opt.NameArgument("queue", "The queue's name; made where it is new.");
    private readonly Option<long?> _maxLength = new("--max-length")
    {
        HelpName = $"N|{None}",
        Description = "The most ready and scheduled jobs that it takes; further enqueues are refused.",
        Required = true,
        CustomParser = static result =>
        {
            var text = result.Tokens[0].Value;
            if (text == None)
            {
                return 0;
            }

            if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var most) && most > 0)
            {
                return most;
            }

            result.AddError($"--max-length '{text}' is not a whole number of at least 1, or {None}.");
            return null;
        },
    };

    public QueueSetCommand() : base("set", "Bound a queue, or take its bound away.")
    {
        Add(_queue);
        Add(_maxLength);
    }

    protected override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        var broker = await run.OpenAsync(ct).ConfigureAwait(false);
        await broker.Jobs.SetQueueAsync(run.Get(_queue), new() { MaxLength = run.Get(_maxLength) }, ct).ConfigureAwait(false);
        run.Output.One(QueueDetail.View, QueueDetail.Of(await QueueShowCommand.RequireAsync(broker, run.Get(_queue), ct).ConfigureAwait(false)));
        return ExitCodes.Ok;
    }
}
