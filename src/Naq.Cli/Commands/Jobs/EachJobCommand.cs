using System.CommandLine;
using Naq.Cli.Invoking;
using Naq.Cli.Parsing;

namespace Naq.Cli.Commands.Jobs;

/// <summary>A command that does the same to each job it is given.</summary>
internal abstract class EachJobCommand : NaqCommand
{
    private readonly Argument<JobId[]> _ids = Opt.JobIdArguments(ArgumentArity.OneOrMore);

    protected EachJobCommand(string name, string description) : base(name, description) => Add(_ids);

    protected abstract ValueTask<JobEffect> ApplyAsync(IJobClient client, JobId id, CancellationToken ct);

    protected sealed override Task<int> RunAsync(Invocation run, CancellationToken ct) =>
        JobEffects.ApplyAsync(run, run.Get(_ids), (client, id) => ApplyAsync(client, id, ct), ct);
}
