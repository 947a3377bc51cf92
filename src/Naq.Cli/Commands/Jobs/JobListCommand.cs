using System.CommandLine;
using Naq.Brokers;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Parsing;
using Naq.Cli.Shells;

namespace Naq.Cli.Commands.Jobs;

internal sealed class JobListCommand : NaqCommand
{
    private readonly Option<JobState?> _state = Opt.OneOf<JobState>("--state", "Only jobs in this state.");
    private readonly Option<string?> _queue = Opt.Name("--queue", "queue", "Only jobs of this queue.");
    private readonly Option<string?> _type = Opt.Text("--type", "TYPE", "Only jobs of this type.");
    private readonly Option<string?> _tag = Opt.Text("--tag", "TAG", "Only jobs with this tag.");
    private readonly Option<DateTimeOffset?> _since = Opt.Instant("--since", "Only jobs enqueued at or after this time.");
    private readonly Option<DateTimeOffset?> _until = Opt.Instant("--until", "Only jobs enqueued before this time.");
    private readonly JobLimit _limit = new();

    public JobListCommand() : base("list", "List jobs, newest first.")
    {
        Add(_state);
        Add(_queue);
        Add(_type);
        Add(_tag);
        Add(_since);
        Add(_until);
        _limit.AddTo(this);
    }

    protected override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        var filter = new JobFilter
        {
            State = run.Get(_state),
            Queue = run.Get(_queue),
            Type = run.Get(_type) is { } type ? Names.RequireJobType(type) : null,
            Tag = run.Get(_tag),
            Since = run.Get(_since),
            Until = run.Get(_until),
        };
        var client = await run.ClientAsync(ct).ConfigureAwait(false);
        await run.Output.ManyAsync(JobDocument.View, _limit.Of(client.ListAsync(filter, ct), run).Select(JobDocument.Of), ct).ConfigureAwait(false);
        return ExitCodes.Ok;
    }
}
