using System.CommandLine;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Parsing;
using Naq.Cli.Shells;

namespace Naq.Cli.Commands.Jobs;

internal sealed class JobShowCommand : NaqCommand
{
    private readonly Argument<JobId> _id = Opt.JobIdArgument();

    public JobShowCommand() : base("show", "Show a job with its payload, result and last error.") => Add(_id);

    protected override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        var client = await run.ClientAsync(ct).ConfigureAwait(false);
        var job = await client.FindAsync(run.Get(_id), ct).ConfigureAwait(false) ?? throw new JobNotFoundException(run.Get(_id));
        run.Output.One(JobDetail.View, JobDetail.Of(job));
        return ExitCodes.Ok;
    }
}
