using System.CommandLine;
using System.Text;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Parsing;
using Naq.Cli.Shells;
using Naq.Cluster;

namespace Naq.Cli.Commands.Workers;

/// <summary><c>quiet</c>, <c>resume</c> and <c>drain</c>.</summary>
internal sealed class WorkersTellCommand : NaqCommand
{
    // Long past the 100 ms in which a worker sees it, and soon gone, so that no later worker of the same name obeys it.
    private static readonly TimeSpan ControlTtl = TimeSpan.FromMinutes(1);

    private readonly Argument<string[]> _names = Opt.NameArguments("worker", "Names of workers.");
    private readonly Option<bool> _all = Opt.Flag("--all", "All living workers, or all of --pool.");
    private readonly Option<string?> _pool = Opt.Name("--pool", "pool", "With --all: only workers of this pool.");
    private readonly WorkerCommand _command;

    public WorkersTellCommand(WorkerCommand command, string description) : base(Choice.NameOf(command), description)
    {
        _command = command;
        Add(_names);
        Add(_all);
        Add(_pool);
        Validators.Add(result =>
        {
            if (result.Has(_all) == result.Has(_names))
            {
                result.AddError("name the workers, or say --all.");
            }
        });
    }

    protected override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        var broker = await run.OpenAsync(ct).ConfigureAwait(false);
        var workers = await WorkerRegistry.ListAsync(broker.Cluster, ct).ConfigureAwait(false);
        var names = run.Get(_all) ? Everyone(workers, run.Get(_pool)) : Living(workers, run.Get(_names));
        var value = Encoding.UTF8.GetBytes(Choice.NameOf(_command));
        foreach (var name in names)
        {
            _ = await broker.Cluster.PutAsync(WorkerRegistry.ControlKey(name), value, ifVersion: null, ControlTtl, ct).ConfigureAwait(false);
        }

        await run.Output.ManyAsync(WorkerAnswer.View, names.Select(name => new WorkerAnswer(name, Choice.NameOf(_command))), ct).ConfigureAwait(false);
        return ExitCodes.Ok;
    }

    private static string[] Everyone(IReadOnlyList<WorkerRecord> workers, string? pool) =>
        [.. workers.Where(worker => pool is null || worker.Pool == pool).Select(static worker => worker.Name)];

    // All or nothing: a misspelt name changes nothing.
    private static string[] Living(IReadOnlyList<WorkerRecord> workers, string[] names)
    {
        var living = workers.Select(static worker => worker.Name).ToHashSet(StringComparer.Ordinal);
        return names.FirstOrDefault(name => !living.Contains(name)) is { } missing
            ? throw new ExitException(ExitCodes.NotFound, $"no living worker is named '{missing}'.{Nearest.DidYouMean(missing, living)}")
            : names;
    }
}
