using Naq.Brokers;

namespace Naq.Scaling.Tests.Forecasting;

public sealed class PoolHistoryTests
{
    private const double Midnight = 1_772_409_600;

    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    private readonly Broker _broker = MemoryBroker.Open();

    [Fact]
    public async Task A_new_leader_reads_what_the_last_one_kept()
    {
        var old = await LoadedAsync(Midnight);
        await FeedAsync(old, Midnight, Midnight + (3 * 86400));

        var next = await LoadedAsync(Midnight + (3 * 86400) + 20);
        next.Look(Midnight + (3 * 86400) + 20, 120 * 3 * 1440 + 40);

        Assert.Equal(2, next.Arrivals.Rate(Midnight + (2.5 * 86400), Midnight + (2.5 * 86400) + 900)!.Value, 0.05);
        Assert.Equal(2, next.Arrivals.Rate(Midnight + 3600, Midnight + 7200)!.Value, 0.05);
        Assert.Equal(2, next.Arrivals.Rate(Midnight + (3 * 86400) - 900, Midnight + (3 * 86400))!.Value, 0.1);
    }

    [Fact]
    public async Task Hours_without_a_leader_are_unknown()
    {
        var end = Midnight + 86400;
        await FeedAsync(await LoadedAsync(Midnight), Midnight, end);

        var next = await LoadedAsync(end + 10_800);
        await FeedAsync(next, end + 10_800, end + 14_400);

        Assert.Null(next.Arrivals.Rate(end + 1800, end + 9000));
        Assert.Equal(2, next.Arrivals.Rate(end + 12_600, end + 14_400)!.Value, 0.1);
        Assert.Equal(2, next.Arrivals.Rate(end - 7200, end - 3600)!.Value, 0.1);
    }

    [Fact]
    public async Task It_is_written_once_a_minute_in_small_pieces_and_old_ones_go()
    {
        var history = await LoadedAsync(Midnight);
        await FeedAsync(history, Midnight, Midnight + (5 * 86400));

        var entries = await _broker.Cluster.ListAsync("history/p/", Ct);

        Assert.InRange(entries.Count, 2, 6);
        Assert.All(entries, static e => Assert.InRange(e.Value.Length, 1, 12_000));
        Assert.All(entries, static e => Assert.InRange(e.Version, 1, long.MaxValue));
    }

    [Fact]
    public async Task A_counter_that_began_anew_adds_nothing()
    {
        var history = await LoadedAsync(Midnight);
        history.Look(Midnight, 1_000_000);
        history.Look(Midnight + 5, 3);
        history.Look(Midnight + 10, 13);

        Assert.Equal(10, history.Arrivals.Fine.Count(0, history.Arrivals.Fine.End));
    }

    private async Task<PoolHistory> LoadedAsync(double epoch)
    {
        var history = new PoolHistory(_broker.Cluster, "p");
        await history.LoadAsync(epoch, Ct);
        return history;
    }

    /// <summary>Two jobs a second, seen every half minute.</summary>
    private static async Task FeedAsync(PoolHistory history, double from, double until)
    {
        for (var epoch = from; epoch <= until; epoch += 30)
        {
            history.Look(epoch, (long)((epoch - Midnight) * 2));
            await history.SaveAsync(epoch, Ct);
        }
    }
}
