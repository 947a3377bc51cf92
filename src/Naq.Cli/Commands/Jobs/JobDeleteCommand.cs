using Naq.Cli.Shells;

namespace Naq.Cli.Commands.Jobs;

internal sealed class JobDeleteCommand() : EachJobCommand("delete", "Forget jobs that do not run.")
{
    protected override async ValueTask<JobEffect> ApplyAsync(IJobClient client, JobId id, CancellationToken ct)
    {
        try
        {
            return await client.DeleteAsync(id, ct).ConfigureAwait(false) ? new("deleted", ExitCodes.Ok) : new("running", ExitCodes.Refused);
        }
        catch (JobNotFoundException)
        {
            return new("not_found", ExitCodes.NotFound);
        }
    }
}
