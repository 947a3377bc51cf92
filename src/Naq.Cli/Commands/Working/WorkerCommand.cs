using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Naq.Brokers;
using Naq.Cli.Invoking;
using Naq.Cli.Parsing;
using Naq.Cli.Shells;
using Naq.Cli.Working;

namespace Naq.Cli.Commands.Working;

internal sealed class WorkerCommand : NaqCommand
{
    private readonly Argument<QueueSource[]> _queues = new("queue")
    {
        HelpName = "QUEUE[:WEIGHT]",
        Description = "What to serve: queues, or patterns with a final *. In strict order, or by weight where any has one (1 to 1000).",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = static result => ReadQueues(result),
    };

    private readonly Option<int?> _concurrency = Opt.Number("--concurrency", "Jobs that run at once (default: the number of cores).", 1, 10_000);
    private readonly Option<TimeSpan?> _ttl = Opt.Duration("--worker-ttl", "Be replaced after this time, ± 10 % (default: never).", allowZero: false);
    private readonly Option<int?> _jobs = Opt.Number("--max-jobs", "Be replaced after so many jobs (default: never).", 1, int.MaxValue);
    private readonly Option<long?> _memory = Opt.Size("--max-memory", "Be replaced before the process has grown to this size, or to its control group's (default: no limit).");
    private readonly Option<TimeSpan?> _drain = Opt.Duration("--drain-timeout", "How long a stopping worker lets jobs run before it hands them back (default 25s).");
    private readonly Option<string?> _name = Opt.Name("--name", "worker", "Its name in the registry (default: host, process id and a random tail).");
    private readonly Option<TimeSpan?> _lease = Opt.Duration("--lease", "The lease of a broker that is made now; of an existing one it must be the same (default 30s).", allowZero: false);
    private readonly HealthOptions _health = new();
    private readonly AppOption _app = new();
    private readonly Option<string[]> _exec = Opt.Many("--allow-exec", "PROGRAM", "Let naq.exec run this program: a path, or a name that PATH finds. May be repeated.");

    public WorkerCommand() : base("worker", "Run jobs of these queues until stopped: the first SIGTERM or Ctrl+C drains, the second hands back at once.")
    {
        Add(_queues);
        Add(_concurrency);
        Add(_ttl);
        Add(_jobs);
        Add(_memory);
        Add(_drain);
        Add(_name);
        Add(_lease);
        _health.AddTo(this);
        _app.AddTo(this);
        Add(_exec);
    }

    protected override LogLevel DefaultLogLevel => LogLevel.Information;

    protected override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        if (await _app.RunAsync(run, ct).ConfigureAwait(false) is { } code)
        {
            return code;
        }

        var environment = WorkerEnvironment.Read(run.Shell);
        var settings = new WorkerSettings
        {
            Queues = run.Get(_queues),
            Name = run.Get(_name),
            Concurrency = run.Get(_concurrency) ?? environment.Concurrency,
            MaxAge = run.Get(_ttl) ?? environment.MaxAge,
            MaxJobs = run.Get(_jobs) ?? environment.MaxJobs,
            MaxMemoryBytes = run.Get(_memory) ?? environment.MaxMemoryBytes,
            DrainTimeout = run.Get(_drain) ?? environment.DrainTimeout,
            Lease = run.Get(_lease),
            Health = _health.Read(run),
            AllowedPrograms = run.Get(_exec) ?? [],
        };
        environment.ThrowIfWrong();
        if (run.Shell.Variable("NAQ_WORKER_TTL") is not null)
        {
            run.Note("NAQ_WORKER_TTL is ignored: set NAQ_WORKER_MAX_AGE for a worker's life time.");
        }

        using var signals = new StopSignals(ignoreInterrupt: Supervision.IsChild(run.Shell));
        if (settings.Recycles && !Supervision.IsSupervised(run.Shell))
        {
            var parent = new RecyclingParent(run, settings, signals);
            return await parent.RunAsync(ct).ConfigureAwait(false);
        }

        return await WorkerProcess.RunAsync(run, settings, signals, ct).ConfigureAwait(false);
    }

    private static QueueSource[] ReadQueues(ArgumentResult result)
    {
        var queues = result.Tokens.Select(token => ReadQueue(result, token.Value)).ToArray();

        // One weight makes it a matter of shares: who has none has one share.
        return queues.Any(static queue => queue.Weight is not null) ? [.. queues.Select(static queue => queue with { Weight = queue.Weight ?? 1 })] : queues;
    }

    private static QueueSource ReadQueue(ArgumentResult result, string text)
    {
        var (name, weight) = text.Split(':', 2) is [var before, var after] ? (before, after) : (text, null);
        _ = QueueText.Read(result, name);
        if (weight is null)
        {
            return new(name);
        }

        var isWeight = int.TryParse(weight, NumberStyles.None, CultureInfo.InvariantCulture, out var share) && share is >= 1 and <= 1000;
        if (!isWeight)
        {
            result.AddError($"weight '{weight}' of queue '{name}' is not a whole number from 1 to 1000.");
        }

        return new(name, share);
    }
}
