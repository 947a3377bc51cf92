using System.CommandLine;
using Naq.Cli.Invoking;
using Naq.Cli.Parsing;

namespace Naq.Cli.Commands.Enqueue;

/// <summary>The options of <c>naq enqueue</c> that say how a job is enqueued.</summary>
internal sealed class JobOptions
{
    private readonly Option<string?> _queue = Opt.Name("--queue", "queue", "The queue (default: default).");
    private readonly Option<TimeSpan?> _delay = Opt.Duration("--delay", "Run no sooner than this time from now.");
    private readonly Option<DateTimeOffset?> _runAt = Opt.Instant("--run-at", "Run no sooner than this time.");
    private readonly Option<string?> _unique = Opt.Text("--unique", "KEY", "Refuse a second job of the type with this key while one is in flight.");
    private readonly Option<JobPriority?> _priority = Opt.OneOf<JobPriority>("--priority", "The class (default: normal).");
    private readonly Option<int?> _attempts = Opt.Number("--attempts", "Attempts in all (default 5).", 1, 1000);
    private readonly Option<TimeSpan?> _timeout = Opt.Duration("--timeout", "The longest an attempt may run (default: no limit).", allowZero: false);
    private readonly Option<TimeSpan?> _resultTtl = Opt.Duration("--result-ttl", "How long the result is kept (default: as long as the job's record).");

    private readonly Option<string[]> _tags = Opt.Many("--tag", "TAG", "Something to find the job by; may be repeated.");

    public void AddTo(Command command)
    {
        command.Add(_queue);
        command.Add(_delay);
        command.Add(_runAt);
        command.Add(_unique);
        command.Add(_priority);
        command.Add(_attempts);
        command.Add(_timeout);
        command.Add(_resultTtl);
        command.Add(_tags);
        command.Validators.Add(result =>
        {
            if (result.Has(_delay) && result.Has(_runAt))
            {
                result.AddError("--delay and --run-at exclude each other.");
            }
        });
    }

    public EnqueueOptions Read(Invocation run) => new()
    {
        Queue = run.Get(_queue),
        Delay = run.Get(_delay),
        RunAt = run.Get(_runAt),
        Unique = run.Get(_unique) is { } key ? Unique.By(key) : null,
        Priority = run.Get(_priority),
        MaxAttempts = run.Get(_attempts),
        Timeout = run.Get(_timeout),
        ResultTtl = run.Get(_resultTtl),
        Tags = run.Get(_tags) is { Length: > 0 } tags ? tags : null,
    };
}
