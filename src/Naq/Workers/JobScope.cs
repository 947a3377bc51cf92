using Microsoft.Extensions.DependencyInjection;

namespace Naq.Workers;

/// <summary>The services of one attempt. The scope behind it is made when something is first asked for: many handlers ask for nothing.</summary>
internal sealed class JobScope(IServiceScopeFactory scopes) : IKeyedServiceProvider, ISupportRequiredService, IAsyncDisposable
{
    private static readonly IServiceScope Over = new EndedScope();

    private IServiceScope? _scope;

    private IServiceProvider Services => (Volatile.Read(ref _scope) ?? Begin()).ServiceProvider;

    public object? GetService(Type serviceType) => Services.GetService(serviceType);

    public object GetRequiredService(Type serviceType) => Services.GetRequiredService(serviceType);

    public object? GetKeyedService(Type serviceType, object? serviceKey) =>
        Services is IKeyedServiceProvider keyed ? keyed.GetKeyedService(serviceType, serviceKey) : throw new InvalidOperationException("This container knows no keyed services.");

    public object GetRequiredKeyedService(Type serviceType, object? serviceKey) => Services.GetRequiredKeyedService(serviceType, serviceKey);

    /// <summary>Ends the scope, if there is one; whoever asks from here on is told so.</summary>
    public ValueTask DisposeAsync()
    {
        switch (Interlocked.Exchange(ref _scope, Over))
        {
            case IAsyncDisposable scope:
                return scope.DisposeAsync();
            case var scope:
                scope?.Dispose();
                return ValueTask.CompletedTask;
        }
    }

    private IServiceScope Begin()
    {
        var made = scopes.CreateScope();
        if (Interlocked.CompareExchange(ref _scope, made, null) is not { } first)
        {
            return made;
        }

        made.Dispose();
        return first;
    }

    private sealed class EndedScope : IServiceScope
    {
        public IServiceProvider ServiceProvider => throw new ObjectDisposedException(nameof(IServiceProvider), "The job has ended, and its services with it.");

        public void Dispose()
        {
            // Nothing is held.
        }
    }
}
