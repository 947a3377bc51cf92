using System.Globalization;

namespace Naq.Nats.Wire;

/// <summary>What the reply subject of a delivered message tells: which message of which consumer, its how-manieth delivery, and how many wait behind it.</summary>
/// <remarks>Nine tokens, or eleven and more with a domain and an account behind <c>$JS.ACK</c> (nats-server, ADR-15).</remarks>
internal readonly record struct AckSubject(string Consumer, int Deliveries, ulong Sequence, DateTimeOffset StoredAt, ulong Waiting)
{
    public static AckSubject Parse(string reply)
    {
        var tokens = reply.Split('.');
        var at = tokens.Length >= 11 ? 4 : 2;
        if (tokens.Length < 9 || tokens[0] != "$JS" || tokens[1] != "ACK")
        {
            throw new FormatException($"'{Printable.Escape(reply)}' is no acknowledgement's subject.");
        }

        var nanoseconds = long.Parse(tokens[at + 5], CultureInfo.InvariantCulture);
        return new(
            tokens[at + 1],
            int.Parse(tokens[at + 2], CultureInfo.InvariantCulture),
            ulong.Parse(tokens[at + 3], CultureInfo.InvariantCulture),
            DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / 100),
            ulong.Parse(tokens[at + 6], CultureInfo.InvariantCulture));
    }
}
