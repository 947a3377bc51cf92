using System.Globalization;

namespace Naq.Nats.Wire;

/// <summary>What the reply subject of a delivered message tells: which message of which consumer, its how-manieth delivery, and how many wait behind it.</summary>
/// <remarks>Nine tokens, or eleven and more with a domain and an account behind <c>$JS.ACK</c> (nats-server, ADR-15).</remarks>
internal readonly record struct AckSubject
{
    private readonly string _reply;
    private readonly Range _consumer;

    private AckSubject(string reply, Range consumer) => (_reply, _consumer) = (reply, consumer);

    public string Consumer => _reply[_consumer];

    public required int Deliveries { get; init; }

    public required ulong Sequence { get; init; }

    public required DateTimeOffset StoredAt { get; init; }

    public required ulong Waiting { get; init; }

    public static AckSubject Parse(string reply)
    {
        // Tokens behind these are random.
        Span<Range> tokens = stackalloc Range[12];
        var text = reply.AsSpan();
        var count = text.Split(tokens, '.');
        if (count < 9 || !text.StartsWith("$JS.ACK.", StringComparison.Ordinal))
        {
            throw new FormatException($"'{Printable.Escape(reply)}' is no acknowledgement's subject.");
        }

        var at = count >= 11 ? 4 : 2;
        var nanoseconds = long.Parse(text[tokens[at + 5]], CultureInfo.InvariantCulture);
        return new(reply, tokens[at + 1])
        {
            Deliveries = int.Parse(text[tokens[at + 2]], CultureInfo.InvariantCulture),
            Sequence = ulong.Parse(text[tokens[at + 3]], CultureInfo.InvariantCulture),
            StoredAt = DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / 100),
            Waiting = ulong.Parse(text[tokens[at + 6]], CultureInfo.InvariantCulture),
        };
    }
}
