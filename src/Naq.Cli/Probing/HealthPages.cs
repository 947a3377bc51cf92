using Naq.Brokers;

namespace Naq.Cli.Probing;

/// <summary>One answer over HTTP.</summary>
internal readonly record struct Page(int Status, string Body, string ContentType = "text/plain; charset=utf-8");

/// <summary>What is served: whether the process lives, whether it is of use, and what it counts.</summary>
/// <param name="broker">Asked at most once a second, however often somebody looks.</param>
/// <param name="time">The clock.</param>
/// <param name="fault">Why the process is of no use now, whatever the broker says; null: it is.</param>
internal sealed class HealthPages(Broker broker, TimeProvider time, Func<string?> fault) : IDisposable
{
    private const string MetricsType = "text/plain; version=0.0.4; charset=utf-8";

    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(1);

    private readonly MetricsPage _metrics = new();
    private readonly SemaphoreSlim _asking = new(1, 1);
    private long? _askedAt;
    private string? _brokerFault;

    /// <summary>Null: there is no such page.</summary>
    public async ValueTask<Page?> FindAsync(string path, CancellationToken ct) => path switch
    {
        "/livez" => new(200, "ok\n"),
        "/readyz" => (fault() ?? await BrokerFaultAsync(ct).ConfigureAwait(false)) is { } reason ? new(503, Printable.Escape(reason) + "\n") : new(200, "ok\n"),
        "/metrics" => new(200, _metrics.Write(), MetricsType),
        _ => null,
    };

    public void Dispose()
    {
        _metrics.Dispose();
        _asking.Dispose();
    }

    private async ValueTask<string?> BrokerFaultAsync(CancellationToken ct)
    {
        await _asking.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            if (_askedAt is not { } at || time.GetElapsedTime(at) >= Freshness)
            {
                _brokerFault = await Reachability.FaultAsync(broker, time, ct).ConfigureAwait(false);
                _askedAt = time.GetTimestamp();
            }

            return _brokerFault;
        }
        finally
        {
            _ = _asking.Release();
        }
    }
}
