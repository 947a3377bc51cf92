using System.CommandLine;
using Naq.Cli.Commands.Jobs;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Parsing;
using Naq.Cli.Shells;

namespace Naq.Cli.Commands.Dead;

internal sealed class DeadListCommand : NaqCommand
{
    private readonly Option<string?> _queue = Opt.Name("--queue", "queue", "Only jobs of this queue.");
    private readonly JobLimit _limit = new();

    public DeadListCommand() : base("list", "List dead letters, newest first.")
    {
        Add(_queue);
        _limit.AddTo(this);
    }

    protected override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        var client = await run.ClientAsync(ct).ConfigureAwait(false);
        var dead = client.ListAsync(new() { State = JobState.Dead, Queue = run.Get(_queue) }, ct);
        await run.Output.ManyAsync(JobDocument.View, _limit.Of(dead, run).Select(JobDocument.Of), ct).ConfigureAwait(false);
        return ExitCodes.Ok;
    }
}
