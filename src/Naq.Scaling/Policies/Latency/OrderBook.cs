using System.Collections.Immutable;

namespace Naq.Scaling.Policies.Latency;

/// <summary>Workers that were ordered together, and when they should claim, on the pool's axis.</summary>
internal readonly record struct Order(double ReadyAt, int Workers);

/// <summary>Which of the workers that start should be there when. Counting them with their date is the largest single part of just in time.</summary>
/// <param name="At">The time of the last look; null: none yet.</param>
/// <param name="Alive">The workers that were alive then.</param>
/// <param name="Orders">Oldest first.</param>
internal sealed record OrderBook(double? At, int Alive, ImmutableArray<Order> Orders)
{
    public static OrderBook Empty { get; } = new(null, 0, []);

    /// <summary>Looks at the fleet: what the number in force has added since the last look was ordered then; who is there starts no more.</summary>
    public OrderBook Look(double at, int current, int alive, int starting, double coldStart)
    {
        var orders = Orders.ToBuilder();
        if (At is { } ordered && current > Alive)
        {
            orders.Add(new(ordered + coldStart, current - Alive));
        }
        else if (At is not null)
        {
            Drop(orders, Alive - current, fromEnd: true);
        }

        var known = orders.Sum(static o => o.Workers);
        Drop(orders, known - starting, fromEnd: false);
        if (known < starting)
        {
            orders.Add(new(at + coldStart, starting - known)); // somebody else's
        }

        return new(at, alive, orders.ToImmutable());
    }

    /// <summary>The slots on their way, soonest first, seen from <paramref name="from"/>; who is overdue is expected soon.</summary>
    public ImmutableArray<Coming> Coming(double from, double now, double soon, int concurrency) =>
    [
        .. Orders.Select(o => new Coming(o.ReadyAt >= now ? o.ReadyAt - from : Math.Max(o.ReadyAt - from, soon), (double)o.Workers * concurrency))
            .OrderBy(static c => c.In),
    ];

    private static void Drop(ImmutableArray<Order>.Builder orders, int workers, bool fromEnd)
    {
        while (workers > 0 && orders.Count > 0)
        {
            var index = fromEnd ? orders.Count - 1 : 0;
            var gone = Math.Min(workers, orders[index].Workers);
            workers -= gone;
            if (gone == orders[index].Workers)
            {
                orders.RemoveAt(index);
            }
            else
            {
                orders[index] = orders[index] with { Workers = orders[index].Workers - gone };
            }
        }
    }
}
