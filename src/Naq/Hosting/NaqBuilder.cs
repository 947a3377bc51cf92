using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Naq.Brokers;
using Naq.Workers;

namespace Naq;

/// <summary>Composes Naq in a container.</summary>
/// <param name="services">The container's registrations.</param>
public sealed class NaqBuilder(IServiceCollection services)
{
    private const string DefaultQueue = "default";

    /// <summary>The container's registrations.</summary>
    public IServiceCollection Services { get; } = services;

    /// <summary>Runs jobs of type <typeparamref name="TJob"/> by <typeparamref name="THandler"/>, made anew in a scope of its own for each job.</summary>
    /// <remarks>Two handlers for one type are refused when the worker starts.</remarks>
    public NaqBuilder AddHandler<TJob, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>()
        where TJob : IJob<TJob>
        where THandler : class, IJobHandler<TJob>
    {
        Services.AddSingleton<HandlerEntry>(new HandlerEntry<TJob, THandler>());
        return this;
    }

    /// <summary>Runs jobs of type <typeparamref name="TJob"/> by <paramref name="handler"/>. The generated <c>AddJobs()</c> comes down to this.</summary>
    /// <remarks>The same handler counts once. Two handlers for one type are refused when the worker starts.</remarks>
    public NaqBuilder AddHandler<TJob>(HandleJob<TJob> handler) where TJob : IJob<TJob>
    {
        ArgumentNullException.ThrowIfNull(handler);
        var entry = new DelegateEntry<TJob>(handler);
        if (!Services.Any(s => s.ServiceType == typeof(HandlerEntry) && entry.Equals(s.ImplementationInstance)))
        {
            Services.AddSingleton<HandlerEntry>(entry);
        }

        return this;
    }

    /// <summary>Runs a worker in this program: it claims from <paramref name="queues"/>, in this order, and drains when the host stops.</summary>
    /// <param name="queues">Names of queues, or patterns with a final <c>*</c>.</param>
    /// <param name="configure">Has the last word on the options, after the section <c>Naq:Worker</c> of the host's configuration.</param>
    /// <exception cref="NaqConfigurationException">At start: a queue's name or an option is not valid.</exception>
    public NaqBuilder AddWorker(IReadOnlyList<string> queues, Action<WorkerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(queues);
        return AddWorker([.. queues.Select(static queue => new QueueSource(queue))], configure);
    }

    /// <summary>Runs a worker in this program on the queues that <c>Naq:Worker:Queues</c> of the host's configuration names (default: <c>default</c>); drains when the host stops.</summary>
    /// <param name="configure">Has the last word on the options, after the section <c>Naq:Worker</c>.</param>
    /// <exception cref="NaqConfigurationException">At start: a queue's name or an option is not valid.</exception>
    public NaqBuilder AddWorker(Action<WorkerOptions>? configure = null) => AddWorker((QueueSource[]?)null, configure);

    private NaqBuilder AddWorker(QueueSource[]? queues, Action<WorkerOptions>? configure)
    {
        Services.AddSingleton<IHostedService>(services =>
        {
            var options = new WorkerOptions();
            var named = WorkerSection.Read(services.GetService<IConfiguration>(), options);
            configure?.Invoke(options);
            return new WorkerService(queues ?? named ?? [new(DefaultQueue)], options, services);
        });
        return this;
    }
}
