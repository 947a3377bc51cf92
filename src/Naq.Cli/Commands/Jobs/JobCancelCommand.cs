using Naq.Cli.Shells;

namespace Naq.Cli.Commands.Jobs;

internal sealed class JobCancelCommand() : EachJobCommand("cancel", "Cancel jobs; the worker of a running one is asked to.")
{
    protected override async ValueTask<JobEffect> ApplyAsync(IJobClient client, JobId id, CancellationToken ct) =>
        await client.CancelAsync(id, ct).ConfigureAwait(false) switch
        {
            CancelResult.Cancelled => new("cancelled", ExitCodes.Ok),
            CancelResult.Requested => new("requested", ExitCodes.Ok),
            CancelResult.Finished => new("finished", ExitCodes.Refused),
            CancelResult.NotFound => new("not_found", ExitCodes.NotFound),
        };
}
