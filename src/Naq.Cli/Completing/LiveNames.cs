using System.CommandLine;
using System.CommandLine.Completions;
using Microsoft.Extensions.Logging.Abstractions;
using Naq.Brokers;
using Naq.Cli.BuiltIns;
using Naq.Cli.Connecting;
using Naq.Cli.Invoking;
using Naq.Cluster;
using Naq.Scaling.Decisions;

namespace Naq.Cli.Completing;

/// <summary>Completes arguments and options that name a queue, worker, pool, job or job type with those that the broker has now.</summary>
/// <remarks>Within a second, or with nothing: whoever presses Tab has no use for an error. No broker is made by asking.</remarks>
internal static class LiveNames
{
    private const int NewestJobs = 50;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private delegate ValueTask<IEnumerable<string>> Asking(Broker broker, CompletionContext context, CancellationToken ct);

    /// <summary>Gives every argument and option of the tree its source, found by what it calls its value.</summary>
    public static void AddTo(Command command, CommandRoot root)
    {
        foreach (var argument in command.Arguments)
        {
            Add(argument.CompletionSources, argument.Name, root);
        }

        // A worker's --name is one that nobody has yet.
        foreach (var option in command.Options.Where(static option => option.Name != "--name"))
        {
            Add(option.CompletionSources, option.HelpName?.ToLowerInvariant(), root);
        }

        foreach (var child in command.Subcommands)
        {
            AddTo(child, root);
        }
    }

    private static void Add(List<Func<CompletionContext, IEnumerable<CompletionItem>>> sources, string? kind, CommandRoot root)
    {
        if (AskerOf(kind) is { } ask)
        {
            sources.Add(context => Look(root, context, ask));
        }

        if (kind == "type")
        {
            sources.Add([.. BuiltInJobs.Types]);
        }
    }

    private static Asking? AskerOf(string? kind) => kind switch
    {
        "queue" => QueuesAsync,
        "worker" => WorkersAsync,
        "pool" => PoolsAsync,
        "id" => JobsAsync,
        "type" => TypesAsync,
        _ => null,
    };

    private static IEnumerable<string> Look(CommandRoot root, CompletionContext context, Asking ask)
    {
        try
        {
            // System.CommandLine completes synchronously, and this process does nothing else.
            return LookAsync(root, context, ask).WaitAsync(Patience, root.Shell.Time).GetAwaiter().GetResult();
        }
        catch (Exception)
        {
            return [];
        }
    }

    private static async Task<IEnumerable<string>> LookAsync(CommandRoot root, CompletionContext context, Asking ask)
    {
        using var patience = new CancellationTokenSource(Patience, root.Shell.Time);
        var address = BrokerAddress.Resolve(context.ParseResult.GetValue(root.Globals.Broker), root.Shell);
        if (address.Kind == BrokerKind.Memory || (address.Kind == BrokerKind.Sqlite && !File.Exists(address.Path)))
        {
            return [];
        }

        var broker = await BrokerOpener.OpenAsync(address, null, root.Shell, NullLoggerFactory.Instance, patience.Token).ConfigureAwait(false);
        await using (broker.ConfigureAwait(false))
        {
            var names = await ask(broker, context, patience.Token).ConfigureAwait(false);

            // A shell reads them: what is no name of ours is not handed to it.
            return [.. names.Where(static name => Names.IsName(name) || Names.IsJobType(name)).Distinct().Order(StringComparer.Ordinal)];
        }
    }

    private static async ValueTask<IEnumerable<string>> QueuesAsync(Broker broker, CompletionContext context, CancellationToken ct) =>
        (await broker.Jobs.CountsAsync(null, ct).ConfigureAwait(false)).Select(static queue => queue.Queue);

    private static async ValueTask<IEnumerable<string>> WorkersAsync(Broker broker, CompletionContext context, CancellationToken ct) =>
        (await WorkerRegistry.ListAsync(broker.Cluster, ct).ConfigureAwait(false)).Select(static worker => worker.Name);

    private static async ValueTask<IEnumerable<string>> PoolsAsync(Broker broker, CompletionContext context, CancellationToken ct) =>
        await new DecisionLog(broker.Cluster).PoolsAsync(ct).ConfigureAwait(false);

    private static async ValueTask<IEnumerable<string>> JobsAsync(Broker broker, CompletionContext context, CancellationToken ct)
    {
        var isOfDead = context.ParseResult.CommandResult.Parent is System.CommandLine.Parsing.CommandResult { Command.Name: "dead" };
        var filter = new JobFilter { State = isOfDead ? JobState.Dead : null };
        return (await broker.Jobs.ListAsync(filter, null, NewestJobs, ct).ConfigureAwait(false)).Jobs.Select(static job => job.Id.ToString());
    }

    private static async ValueTask<IEnumerable<string>> TypesAsync(Broker broker, CompletionContext context, CancellationToken ct) =>
        (await broker.Jobs.ListAsync(new(), null, NewestJobs, ct).ConfigureAwait(false)).Jobs.Select(static job => job.Type);
}
