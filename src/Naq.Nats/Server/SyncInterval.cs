using System.Text.Json;

namespace Naq.Nats.Server;

/// <summary>How often a server writes its streams through to the disk, as its monitoring endpoint says.</summary>
internal static class SyncInterval
{
    /// <summary>The server's own, which it does not repeat where nothing else was configured.</summary>
    private static readonly TimeSpan Default = TimeSpan.FromMinutes(2);

    /// <summary>Zero: before each acknowledgement. Null: there is no such endpoint, or it does not answer.</summary>
    public static async ValueTask<TimeSpan?> ReadAsync(Uri? monitor, CancellationToken ct)
    {
        if (monitor is null)
        {
            return null;
        }

        try
        {
            using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5), MaxResponseContentBufferSize = 1 << 20 };
            using var document = JsonDocument.Parse(await http.GetByteArrayAsync(new Uri(monitor, "/varz"), ct).ConfigureAwait(false));
            if (!document.RootElement.TryGetProperty("jetstream", out var jetStream) || !jetStream.TryGetProperty("config", out var config))
            {
                return null;
            }

            if (config.TryGetProperty("sync_always", out var always) && always.GetBoolean())
            {
                return TimeSpan.Zero;
            }

            return config.TryGetProperty("sync_interval", out var nanoseconds) ? TimeSpan.FromTicks(nanoseconds.GetInt64() / 100) : Default;
        }
        catch (Exception error) when (error is HttpRequestException or JsonException or TaskCanceledException)
        {
            return null;
        }
    }
}
