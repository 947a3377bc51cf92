using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Naq.Encryption;

namespace Naq.Workers;

/// <summary>Runs the jobs of one type: reads the payload, resolves the handler from the job's scope, runs it.</summary>
internal abstract class HandlerEntry
{
    public abstract string Type { get; }

    /// <summary>Lives with the handler: which exceptions end a job at once.</summary>
    public abstract RetryPolicy? Retry { get; }

    /// <summary>The handler alone, where middleware stands around it.</summary>
    public virtual HandlerEntry Handler => this;

    /// <summary>The same with middleware around it; itself where none of it is for this type.</summary>
    public virtual HandlerEntry Within(IReadOnlyList<RunLayer> layers) => this;

    /// <summary>Runs one attempt.</summary>
    /// <exception cref="JobSerializationException">The payload is not this type; another attempt would not help.</exception>
    public abstract ValueTask<JobOutcome> RunAsync(IServiceProvider scope, ReadOnlyMemory<byte> payload, JobContext context, CancellationToken ct);
}

/// <summary>What all entries of a job type share: its name, its policy, and how its payload is read.</summary>
internal abstract class HandlerEntry<TJob> : HandlerEntry where TJob : IJob<TJob>
{
    public override string Type => TJob.JobType.Name;

    public override RetryPolicy? Retry => TJob.JobType.Defaults.Retry;

    public override ValueTask<JobOutcome> RunAsync(IServiceProvider scope, ReadOnlyMemory<byte> payload, JobContext context, CancellationToken ct) =>
        HandleAsync(scope, Read(payload), context, ct);

    /// <summary>Runs the handler of a job that was read.</summary>
    public abstract ValueTask<JobOutcome> HandleAsync(IServiceProvider scope, TJob job, JobContext context, CancellationToken ct);

    public override HandlerEntry Within(IReadOnlyList<RunLayer> layers)
    {
        OuterLayer[] outer = [.. layers.OfType<OuterLayer>()];
        InnerLayer<TJob>[] inner = [.. layers.OfType<InnerLayer<TJob>>()];
        return outer.Length + inner.Length == 0 ? this : new LayeredEntry<TJob>(this, outer, inner);
    }

    public static TJob Read(ReadOnlyMemory<byte> payload)
    {
        try
        {
            return JsonSerializer.Deserialize(payload.Span, TJob.JobType.Json) ?? throw new JsonException("The payload is null.");
        }
        catch (JsonException error)
        {
            throw new JobSerializationException($"The payload is not a '{TJob.JobType.Name}': {error.Message}", error);
        }
    }
}

internal sealed class DelegateEntry<TJob>(HandleJob<TJob> handler) : HandlerEntry<TJob> where TJob : IJob<TJob>
{
    private readonly HandleJob<TJob> _handler = handler;

    public override bool Equals(object? obj) => obj is DelegateEntry<TJob> other && other._handler == _handler;

    public override int GetHashCode() => _handler.GetHashCode();

    public override ValueTask<JobOutcome> HandleAsync(IServiceProvider scope, TJob job, JobContext context, CancellationToken ct) =>
        _handler(job, context, scope, ct);
}

internal sealed class HandlerEntry<TJob, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler> : HandlerEntry<TJob>
    where TJob : IJob<TJob>
    where THandler : class, IJobHandler<TJob>
{
    /// <summary>Code that makes a handler takes the first job some 10 ms to write: only a handler that runs this often gets it.</summary>
    private const int Often = 100;

    /// <summary>Which of several constructors counts, only the written code has to know.</summary>
    private static readonly bool IsPlain = typeof(THandler).GetConstructors().Length == 1;

    private ObjectFactory<THandler>? _create;
    private int _made; // counted by several slots at once: about right is enough

    public override ValueTask<JobOutcome> HandleAsync(IServiceProvider scope, TJob job, JobContext context, CancellationToken ct)
    {
        var handler = scope.GetService<THandler>() ?? _create?.Invoke(scope, []) ?? Make(scope);
        return handler.HandleAsync(job, context, ct);
    }

    private THandler Make(IServiceProvider scope)
    {
        if (IsPlain && ++_made < Often)
        {
            return ActivatorUtilities.CreateInstance<THandler>(scope);
        }

        _create = ActivatorUtilities.CreateFactory<THandler>([]);
        return _create(scope, []);
    }
}

/// <summary>The handlers of a program, fixed at start. The only way from a job's type name to code.</summary>
internal sealed class HandlerTable
{
    private readonly FrozenDictionary<string, HandlerEntry> _byType;

    public HandlerTable(IEnumerable<HandlerEntry> entries, IEnumerable<RunLayer>? layers = null, PayloadEncryption? encryption = null)
    {
        RunLayer[] around = [.. layers ?? []];
        var byType = new Dictionary<string, HandlerEntry>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            var whole = entry.Within(around);
            if (!byType.TryAdd(Names.RequireJobType(entry.Type), new SealedEntry(whole, encryption ?? PayloadEncryption.WithoutKeys)))
            {
                throw new DuplicateJobNameException(entry.Type);
            }
        }

        _byType = byType.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>The handlers of a container, with its middleware and its encryption around them.</summary>
    public static HandlerTable Of(IServiceProvider services) =>
        new(services.GetServices<HandlerEntry>(), services.GetServices<RunLayer>(), services.GetService<PayloadEncryption>());

    public IEnumerable<string> Types => _byType.Keys;

    public HandlerEntry? Find(string type) => _byType.GetValueOrDefault(type);
}
