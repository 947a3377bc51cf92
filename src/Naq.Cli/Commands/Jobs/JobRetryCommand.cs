using Naq.Brokers;
using Naq.Cli.Shells;

namespace Naq.Cli.Commands.Jobs;

internal sealed class JobRetryCommand() : EachJobCommand("retry", "Make scheduled, dead or cancelled jobs ready now.")
{
    protected override async ValueTask<JobEffect> ApplyAsync(IJobClient client, JobId id, CancellationToken ct) =>
        Effect(await client.RetryAsync(id, ct).ConfigureAwait(false));

    internal static JobEffect Effect(RequeueResult result) => result switch
    {
        RequeueResult.Requeued => new("requeued", ExitCodes.Ok),
        RequeueResult.Refused => new("refused", ExitCodes.Refused),
        RequeueResult.NotFound => new("not_found", ExitCodes.NotFound),
    };
}
