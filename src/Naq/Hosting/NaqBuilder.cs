using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Naq.Brokers;
using Naq.Workers;

namespace Naq;

/// <summary>Composes Naq in a container.</summary>
/// <param name="services">The container's registrations.</param>
public sealed class NaqBuilder(IServiceCollection services)
{
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
    /// <exception cref="NaqConfigurationException">At start: a queue's name or an option is not valid.</exception>
    public NaqBuilder AddWorker(IReadOnlyList<string> queues, Action<WorkerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(queues);
        var options = new WorkerOptions();
        configure?.Invoke(options);
        Services.AddSingleton<IHostedService>(services => new WorkerService([.. queues.Select(static q => new QueueSource(q))], options, services));
        return this;
    }
}
