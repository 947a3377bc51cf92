using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Naq.Brokers;
using Naq.Cluster;
using Naq.Scaling.Policies;
using Naq.Scaling.Pools;
using Naq.Scaling.Provisioners;

namespace Naq.Scaling.Tests.Provisioners;

public sealed class ChildProcessProvisionerTests
{
    private static readonly PoolConfig Pool = A.Pool(new StaticPolicy(1), max: 8);
    private readonly FakeTimeProvider _time = new();
    private readonly IClusterStore _cluster;
    private readonly FakeProcessTable _table;
    private readonly ChildProcessProvisioner _provisioner;

    public ChildProcessProvisionerTests()
    {
        _cluster = MemoryBroker.Open(time: _time).Cluster;
        _table = new(_time);
        _provisioner = new(_table, _cluster, static pool => ["worker", .. pool.Queues], _time, new Random(1), NullLogger<ChildProcessProvisioner>.Instance);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private IEnumerable<FakeProcess> Claiming => _table.Started.Where(static p => p is { End: null, IsTerminated: false });

    [Fact]
    public async Task Workers_get_their_arguments_and_their_names()
    {
        await ApplyAsync(2);

        var first = _table.Started[0];
        Assert.Equal(["worker", "cpu"], first.Arguments);
        Assert.Matches("^cpu-[0-9a-f]{8}$", first.Replica);
        Assert.Equal(("cpu", "8", "1"), (first.Environment["NAQ_POOL"], first.Environment["NAQ_POOL_MAX"], first.Environment["NAQ_SUPERVISED"]));
        Assert.NotEqual(first.Replica, _table.Started[1].Replica);
    }

    [Fact]
    public async Task Same_wish_again_changes_nothing()
    {
        await ApplyAsync(3);
        await ApplyAsync(3);

        Assert.Equal(3, _table.Started.Count);
    }

    [Fact]
    public async Task Named_victims_are_asked_to_drain_and_stay_seen_until_they_exit()
    {
        await ApplyAsync(3);
        await RegisterAllAsync();
        var victim = _table.Started[1];

        await ApplyAsync(2, victim.Replica);
        await ApplyAsync(2, victim.Replica);

        Assert.Equal([victim], _table.Started.Where(static p => p.IsTerminated));
        Assert.Equal([false, true, false], (await _provisioner.ObserveAsync(Pool, Ct)).Select(static r => r.IsStopping));
        victim.Exit(0);
        Assert.Equal(2, (await _provisioner.ObserveAsync(Pool, Ct)).Count);
    }

    [Fact]
    public async Task Worker_that_left_with_exit_0_is_replaced_at_once()
    {
        await ApplyAsync(2);
        _table.Started[0].Exit(0);

        await ApplyAsync(2);

        Assert.Equal(3, _table.Started.Count);
    }

    [Fact]
    public async Task Crashes_are_backed_off_1_2_4_to_60_seconds()
    {
        var pauses = new List<int>();
        await ApplyAsync(1);
        for (var crash = 0; crash < 9; crash++)
        {
            _table.Started[^1].Exit(139);
            var (seconds, before) = (0, _table.Started.Count);
            await ApplyAsync(1);
            while (_table.Started.Count == before)
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                seconds++;
                await ApplyAsync(1);
            }

            pauses.Add(seconds);
        }

        Assert.Equal([1, 2, 4, 8, 16, 32, 60, 60, 60], pauses);
    }

    [Fact]
    public async Task Worker_that_lived_a_minute_ends_the_row_of_crashes()
    {
        await CrashAsync();
        await CrashAsync();
        _time.Advance(TimeSpan.FromSeconds(2));
        await ApplyAsync(1);
        _time.Advance(TimeSpan.FromSeconds(60));
        await ApplyAsync(5); // no longer one at a time

        Assert.Equal(5, Claiming.Count());
    }

    [Fact]
    public async Task Start_that_fails_is_backed_off_too()
    {
        _table.FailsToStart = true;
        await ApplyAsync(4);
        _table.FailsToStart = false;
        await ApplyAsync(4);
        Assert.Empty(_table.Started);

        _time.Advance(TimeSpan.FromSeconds(1));
        await ApplyAsync(4);
        _ = Assert.Single(_table.Started);
    }

    [Fact]
    public async Task Living_workers_of_a_former_autoscaler_are_adopted()
    {
        _table.Foreign[4711] = new(_time, "cpu-00000001", 4711);
        await RegisterAsync(A.Worker("cpu-00000001"));
        await RegisterAsync(A.Worker("cpu-00000002") with { Pid = 12 }); // gone, or somebody else by now
        await RegisterAsync(A.Worker("cpu-00000003") with { Host = "elsewhere" });

        Assert.Equal(["cpu-00000001"], (await _provisioner.ObserveAsync(Pool, Ct)).Select(static r => r.Name));
        await ApplyAsync(2);
        _ = Assert.Single(_table.Started);
        await ApplyAsync(0);
        Assert.True(_table.Foreign[4711].IsTerminated);
    }

    [Fact]
    public async Task Retiring_worker_is_stopped_once_its_successor_is_registered()
    {
        await ApplyAsync(2);
        await RegisterAllAsync();
        var old = _table.Started[0];
        await RegisterAsync(A.Worker(old.Replica, WorkerState.Retiring));

        await ApplyAsync(2);
        Assert.Equal(3, Claiming.Count());
        await ApplyAsync(2);
        Assert.False(old.IsTerminated);

        await RegisterAsync(A.Worker(_table.Started[2].Replica, WorkerState.Starting)); // waits for the seat of the old one
        await ApplyAsync(2);
        Assert.True(old.IsTerminated);
        Assert.Equal(2, Claiming.Count());
    }

    [Fact]
    public async Task Draining_worker_is_killed_only_after_patience()
    {
        await ApplyAsync(1);
        await ApplyAsync(0);

        _time.Advance(_provisioner.Patience);
        await ApplyAsync(0);
        Assert.False(_table.Started[0].IsKilled);
        _time.Advance(TimeSpan.FromSeconds(1));
        await ApplyAsync(0);
        Assert.True(_table.Started[0].IsKilled);
    }

    [Fact]
    public async Task Worker_seconds_run_from_start_to_exit_drain_included()
    {
        await ApplyAsync(2);
        _time.Advance(TimeSpan.FromSeconds(10));
        await ApplyAsync(1);
        _time.Advance(TimeSpan.FromSeconds(5));
        _table.Started.Single(static p => p.IsTerminated).Exit(0);
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(15 + 20, _provisioner.WorkerSeconds, 3);
        await ApplyAsync(1);
        Assert.Equal(15 + 20, _provisioner.WorkerSeconds, 3);
    }

    [Fact]
    public async Task Registry_that_cannot_be_read_is_thrown_not_answered_with_none()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _provisioner.ObserveAsync(Pool, cancelled.Token));
    }

    private async Task CrashAsync()
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        await ApplyAsync(1);
        _table.Started[^1].Exit(1);
        await ApplyAsync(1);
    }

    private async Task ApplyAsync(int desired, params IReadOnlyList<string> victims)
    {
        _ = await _provisioner.ObserveAsync(Pool, Ct);
        await _provisioner.ApplyAsync(Pool, desired, victims, Ct);
    }

    private async Task RegisterAllAsync()
    {
        foreach (var process in Claiming.ToList())
        {
            await RegisterAsync(A.Worker(process.Replica));
        }
    }

    private async Task RegisterAsync(WorkerRecord worker) => _ = await _cluster.PutAsync(WorkerRegistry.Key(worker.Name), worker.ToBytes(), null, null, Ct);
}
