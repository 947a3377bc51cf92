using Microsoft.Extensions.Time.Testing;
using Naq.Brokers;
using Naq.Cluster;

namespace Naq.Scaling.Tests.Cluster;

public sealed class PoolSeatsTests
{
    private const int Max = 4;
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(30);
    private readonly FakeTimeProvider _time = new();
    private readonly IClusterStore _cluster;

    public PoolSeatsTests() => _cluster = MemoryBroker.Open(time: _time).Cluster;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Workers_of_two_autoscalers_never_hold_more_seats_than_the_maximum()
    {
        var random = new Random(17);
        var seated = new List<PoolSeats>();
        for (var step = 0; step < 2_000; step++)
        {
            switch (random.Next(4))
            {
                case 0 or 1: // either autoscaler starts a worker
                    if (await TakeAsync($"w{step}") is { } seat)
                    {
                        seated.Add(seat);
                    }

                    break;
                case 2 when seated.Count > 0: // a worker drains
                    var leaver = seated[random.Next(seated.Count)];
                    await leaver.ReleaseAsync(Ct);
                    _ = seated.Remove(leaver);
                    break;
                default: // heartbeats
                    _time.Advance(Ttl / 3);
                    foreach (var holder in seated)
                    {
                        Assert.True(await holder.RenewAsync(Ct));
                    }

                    break;
            }

            Assert.InRange(seated.Count, 0, Max);
        }
    }

    [Fact]
    public async Task Seat_of_a_dead_worker_is_free_after_its_time_to_live_and_lost_to_it()
    {
        var seats = new List<PoolSeats>();
        for (var n = 0; n < Max; n++)
        {
            seats.Add(Assert.IsType<PoolSeats>(await TakeAsync($"w{n}")));
        }

        Assert.Null(await TakeAsync("late"));
        _time.Advance(Ttl);
        Assert.NotNull(await TakeAsync("late"));

        Assert.False(await seats[0].RenewAsync(Ct));
    }

    [Fact]
    public async Task Release_of_a_lost_seat_does_not_free_it_for_a_third()
    {
        var dead = await PoolSeats.TryTakeAsync(_cluster, "cpu", max: 1, "dead", Ttl, Ct);
        _time.Advance(Ttl);
        var heir = await PoolSeats.TryTakeAsync(_cluster, "cpu", max: 1, "heir", Ttl, Ct);

        await dead!.ReleaseAsync(Ct); // taken above

        Assert.Null(await PoolSeats.TryTakeAsync(_cluster, "cpu", max: 1, "third", Ttl, Ct));
        Assert.True(await heir!.RenewAsync(Ct)); // taken above
    }

    private ValueTask<PoolSeats?> TakeAsync(string worker) => PoolSeats.TryTakeAsync(_cluster, "cpu", Max, worker, Ttl, Ct);
}
