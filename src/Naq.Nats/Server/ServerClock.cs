using System.Globalization;
using NATS.Client.Core;
using Naq.Nats.Wire;

namespace Naq.Nats.Server;

/// <summary>The server's wall clock, as this machine's plus a measured difference: what one machine wrote with a time to live, another judges.</summary>
internal sealed class ServerClock(Link link)
{
    private long _offsetTicks;
    private long _errorTicks;

    /// <summary>The server's clock less this machine's.</summary>
    public TimeSpan Offset => TimeSpan.FromTicks(Volatile.Read(ref _offsetTicks));

    /// <summary>How wrong <see cref="Offset"/> may be: half of a round-trip.</summary>
    public TimeSpan Error => TimeSpan.FromTicks(Volatile.Read(ref _errorTicks));

    public DateTimeOffset UtcNow => link.Time.GetUtcNow() + Offset;

    /// <summary>Asks for a stream's state, which bears the time it was told; the quickest of three tries counts (Cristian, 1989). Writes nothing.</summary>
    public async ValueTask MeasureAsync(CancellationToken ct)
    {
        var best = TimeSpan.MaxValue;
        for (var i = 0; i < 3; i++)
        {
            var (before, started) = (link.Time.GetUtcNow(), link.Time.GetTimestamp());
            var told = (await link.InfoAsync(link.KeyStream, ct).ConfigureAwait(false)).Ts;
            var took = link.Time.GetElapsedTime(started);
            if (took < best)
            {
                best = took;
                Volatile.Write(ref _offsetTicks, (told - before - (took / 2)).Ticks);
                Volatile.Write(ref _errorTicks, (took / 2).Ticks);
            }
        }
    }

    public static DateTimeOffset Read(NatsHeaders headers) =>
        DateTimeOffset.Parse(headers[Header.TimeStamp].ToString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
