using System.CommandLine;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Parsing;
using Naq.Cli.Shells;

namespace Naq.Cli.Commands.Jobs;

internal sealed class JobWaitCommand : NaqCommand
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(1);

    private readonly Argument<JobId> _id = Opt.JobIdArgument();
    private readonly Option<TimeSpan?> _timeout = Opt.Duration("--timeout", "Give up after this time, with exit code 5 (default 1m).");

    public JobWaitCommand() : base("wait", "Wait until a job has ended; exit code 1 where it did not succeed.")
    {
        Add(_id);
        Add(_timeout);
    }

    protected override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        var timeout = run.Get(_timeout) ?? DefaultTimeout;
        var client = await run.ClientAsync(ct).ConfigureAwait(false);
        var job = await client.WaitAsync(run.Get(_id), timeout, ct).ConfigureAwait(false)
            ?? throw new TimeoutException($"job {run.Get(_id)} had not ended after {Cell.Duration(timeout.TotalSeconds)}.");
        run.Output.One(JobDocument.View, JobDocument.Of(job));
        return job.State == JobState.Succeeded ? ExitCodes.Ok : ExitCodes.Failed;
    }
}
