using System.CommandLine;
using Naq.Brokers;
using Naq.Cli.Commands.Jobs;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Parsing;
using Naq.Cli.Shells;

namespace Naq.Cli.Commands.Dead;

internal sealed class DeadRequeueCommand : NaqCommand
{
    private readonly Argument<JobId[]> _ids = Opt.JobIdArguments(ArgumentArity.ZeroOrMore);
    private readonly Option<bool> _all = Opt.Flag("--all", "All dead letters, or all of --queue.");
    private readonly Option<string?> _queue = Opt.Name("--queue", "queue", "With --all: only jobs of this queue.");

    public DeadRequeueCommand() : base("requeue", "Make dead letters ready again, their attempts counted from 0.")
    {
        Add(_ids);
        Add(_all);
        Add(_queue);
        Validators.Add(result =>
        {
            if (result.Has(_all) == result.Has(_ids))
            {
                result.AddError("name the jobs to requeue, or say --all.");
            }
        });
    }

    protected override Task<int> RunAsync(Invocation run, CancellationToken ct) => run.Get(_all)
        ? AllAsync(run, ct)
        : JobEffects.ApplyAsync(
            run, run.Get(_ids), async (client, id) => JobRetryCommand.Effect(await client.RetryAsync(id, ct).ConfigureAwait(false)), ct);

    private async Task<int> AllAsync(Invocation run, CancellationToken ct)
    {
        var client = await run.ClientAsync(ct).ConfigureAwait(false);
        var (requeued, refused) = (0L, 0L);
        await foreach (var job in client.ListAsync(new() { State = JobState.Dead, Queue = run.Get(_queue) }, ct).ConfigureAwait(false))
        {
            _ = await client.RetryAsync(job.Id, ct).ConfigureAwait(false) == RequeueResult.Requeued ? requeued++ : refused++;
        }

        run.Output.One(CountAnswer.View, new(run.Get(_queue), requeued));
        if (refused > 0)
        {
            run.Note($"{refused} dead letters were not requeued: their unique key is taken, or they have changed meanwhile.");
        }

        return refused > 0 ? ExitCodes.PartlyDone : ExitCodes.Ok;
    }
}
