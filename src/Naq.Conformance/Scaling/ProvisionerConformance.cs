using Naq.Scaling.Pools;
using Naq.Scaling.Provisioners;

namespace Naq.Conformance.Scaling;

/// <summary>What everybody who runs the workers of pools keeps.</summary>
public abstract class ProvisionerConformance
{
    private static readonly PoolConfig Cpu = new() { Name = "cpu", Queues = ["cpu"], Max = 5, Worker = new() { Concurrency = 1 } };
    private static readonly PoolConfig Mail = new() { Name = "mail", Queues = ["mail"], Max = 5, Worker = new() { Concurrency = 1 } };

    /// <summary>The provisioner of this test: no worker runs yet.</summary>
    protected abstract IProvisioner Provisioner { get; }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Lets pass what the provisioner needs to do as it was told; by default a moment.</summary>
    protected virtual Task SettleAsync() => Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Ct);

    [Fact]
    public async Task It_begins_with_nobody() => Assert.Empty(await Provisioner.ObserveAsync(Cpu, Ct));

    [Fact]
    public async Task It_starts_as_many_as_it_is_told()
    {
        await Provisioner.ApplyAsync(Cpu, 3, [], Ct);

        var replicas = await RunningAsync(Cpu, 3);
        Assert.Equal(3, replicas.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task To_be_told_twice_changes_nothing()
    {
        await Provisioner.ApplyAsync(Cpu, 3, [], Ct);
        var before = await RunningAsync(Cpu, 3);

        await Provisioner.ApplyAsync(Cpu, 3, [], Ct);

        Assert.Equal(before.Order(StringComparer.Ordinal), (await RunningAsync(Cpu, 3)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_victims_go_and_the_others_stay()
    {
        await Provisioner.ApplyAsync(Cpu, 3, [], Ct);
        var before = await RunningAsync(Cpu, 3);
        var victims = before.Take(2).ToList();

        await Provisioner.ApplyAsync(Cpu, 1, victims, Ct);

        Assert.Equal(before.Except(victims), await RunningAsync(Cpu, 1));
    }

    [Fact]
    public async Task It_can_stop_all_and_start_again()
    {
        await Provisioner.ApplyAsync(Cpu, 2, [], Ct);
        _ = await RunningAsync(Cpu, 2);
        await Provisioner.ApplyAsync(Cpu, 0, [], Ct);
        _ = await RunningAsync(Cpu, 0);

        await Provisioner.ApplyAsync(Cpu, 1, [], Ct);

        _ = await RunningAsync(Cpu, 1);
    }

    [Fact]
    public async Task Pools_do_not_touch_each_other()
    {
        await Provisioner.ApplyAsync(Cpu, 2, [], Ct);
        await Provisioner.ApplyAsync(Mail, 1, [], Ct);
        _ = await RunningAsync(Mail, 1);

        await Provisioner.ApplyAsync(Mail, 0, [], Ct);

        _ = await RunningAsync(Cpu, 2);
        _ = await RunningAsync(Mail, 0);
    }

    /// <summary>Waits until so many workers are not stopping, and returns their names.</summary>
    private async Task<IReadOnlyList<string>> RunningAsync(PoolConfig pool, int count)
    {
        using var patience = Patience.Start();
        while (true)
        {
            await SettleAsync();
            List<string> running = [.. (await Provisioner.ObserveAsync(pool, Ct)).Where(static replica => !replica.IsStopping).Select(static replica => replica.Name)];
            if (running.Count == count)
            {
                return running;
            }

            Assert.False(patience.IsCancellationRequested, $"{running.Count} workers of {pool.Name}, not {count}");
        }
    }
}
