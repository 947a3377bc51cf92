using Naq.Cluster;
using Naq.Scaling.Decisions;
using Naq.Scaling.Pools;

namespace Naq.Cli.Output;

/// <summary>A pool, as <c>naq scale status</c> prints it.</summary>
internal sealed record PoolDocument(string Pool, int? Desired, int Workers)
{
    public required int Starting { get; init; }

    public required int Running { get; init; }

    public required int Quiet { get; init; }

    public required int Retiring { get; init; }

    public required int Draining { get; init; }

    public required int Busy { get; init; }

    public required int Slots { get; init; }

    public required OrdersDocument? Override { get; init; }

    public required string? Leader { get; init; }

    public required DateTimeOffset? DecidedAt { get; init; }

    public required string? Decision { get; init; }

    public static View<PoolDocument> View { get; } = new(
        DocumentJson.Default.PoolDocument,
        Cell.Text<PoolDocument>("pool", static p => p.Pool),
        Cell.Number<PoolDocument>("desired", static p => p.Desired),
        Cell.Number<PoolDocument>("workers", static p => p.Workers),
        Cell.Number<PoolDocument>("running", static p => p.Running),
        Cell.Number<PoolDocument>("draining", static p => p.Draining),
        Cell.Text<PoolDocument>("busy", static p => $"{p.Busy}/{p.Slots}"),
        Cell.Text<PoolDocument>("by hand", static p => p.Override?.ToString()),
        Cell.Time<PoolDocument>("decided", static p => p.DecidedAt),
        Cell.Text<PoolDocument>("decision", static p => p.Decision));

    public static PoolDocument Of(string pool, IReadOnlyList<WorkerRecord> workers, PoolTarget? target, PoolOverride? orders, Decision? last, string? leader)
    {
        var own = workers.Where(worker => worker.Pool == pool).ToList();
        int In(WorkerState state) => own.Count(worker => worker.State == state);
        return new(pool, target?.Desired, own.Count)
        {
            Starting = In(WorkerState.Starting),
            Running = In(WorkerState.Running),
            Quiet = In(WorkerState.Quiet),
            Retiring = In(WorkerState.Retiring),
            Draining = In(WorkerState.Draining),
            Busy = own.Sum(static worker => worker.Busy),
            Slots = own.Sum(static worker => worker.Concurrency),
            Override = orders is null ? null : OrdersDocument.Of(pool, orders),
            Leader = leader,
            DecidedAt = last?.DecidedAt,
            Decision = last is null ? null : DecisionText.Explain(last),
        };
    }
}

/// <summary>A person's orders for a pool.</summary>
internal sealed record OrdersDocument(string Pool, int? Min, int? Max, int? Workers)
{
    public static View<OrdersDocument> View { get; } = new(
        DocumentJson.Default.OrdersDocument,
        Cell.Text<OrdersDocument>("pool", static o => o.Pool),
        Cell.Number<OrdersDocument>("min", static o => o.Min),
        Cell.Number<OrdersDocument>("max", static o => o.Max),
        Cell.Number<OrdersDocument>("workers", static o => o.Workers));

    public static OrdersDocument Of(string pool, PoolOverride? orders) => new(pool, orders?.Min, orders?.Max, orders?.Workers);

    /// <summary>Only what was ordered, such as <c>min 2 max 8</c>.</summary>
    public override string ToString()
    {
        (string Name, int? Value)[] orders = [("min", Min), ("max", Max), ("workers", Workers)];
        return string.Join(' ', orders.Where(static order => order.Value is not null).Select(static order => $"{order.Name} {order.Value}"));
    }
}

/// <summary>A decision, as <c>naq scale history</c> prints it.</summary>
internal sealed record DecisionDocument(string Pool, long Number, DateTimeOffset DecidedAt, int From, int To, int Wish)
{
    public required IReadOnlyList<string> Reasons { get; init; }

    public required string Text { get; init; }

    public static View<DecisionDocument> View { get; } = new(
        DocumentJson.Default.DecisionDocument,
        Cell.Time<DecisionDocument>("decided", static d => d.DecidedAt),
        Cell.Text<DecisionDocument>("pool", static d => d.Pool),
        Cell.Number<DecisionDocument>("number", static d => d.Number),
        Cell.Text<DecisionDocument>("decision", static d => d.Text));

    public static DecisionDocument Of(Decision decision) =>
        new(decision.Pool, decision.Number, decision.DecidedAt, decision.From, decision.To, decision.Wish)
        {
            Reasons = decision.Reasons,
            Text = DecisionText.Explain(decision),
        };
}
