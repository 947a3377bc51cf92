using Naq.Brokers;

namespace Naq;

/// <summary>How this program opens its broker; exactly one is registered.</summary>
internal sealed record BrokerSource(string Name, Func<IServiceProvider, CancellationToken, ValueTask<Broker>> OpenAsync);

/// <summary>The program's open broker: opened when it is first asked for, closed with the container.</summary>
internal sealed class BrokerHolder(IServiceProvider services, IEnumerable<BrokerSource> sources) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private Broker? _broker;

    public Broker Broker
    {
        get
        {
            lock (_lock)
            {
                // A container resolves synchronously; opening happens once, at start.
                return _broker ??= Source().OpenAsync(services, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            }
        }
    }

    public ValueTask DisposeAsync() => _broker?.DisposeAsync() ?? ValueTask.CompletedTask;

    private BrokerSource Source() => sources.ToList() switch
    {
        [var only] => only,
        [] => throw new NaqConfigurationException("AddNaq() was not told which broker to use. Add .UseSqlite(path) or .UseNats(url)."),
        var several => throw new NaqConfigurationException($"AddNaq() was told to use {string.Join(" and ", several.Select(static s => s.Name))}. Use one broker."),
    };
}
