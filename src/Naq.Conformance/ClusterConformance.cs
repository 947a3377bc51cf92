namespace Naq.Conformance;

/// <summary>The small shared map: versions, expiry, watches.</summary>
public abstract class ClusterConformance<TBroker> : BrokerConformance<TBroker> where TBroker : BrokerUnderTest, new()
{
    private static readonly byte[] One = [1];
    private static readonly byte[] Two = [2];

    protected override Capability? Needs => Capability.Cluster;

    [Fact]
    public async Task What_was_never_written_is_not_there() => Assert.Null(await Cluster.GetAsync("a", Ct));

    [Fact]
    public async Task What_was_written_is_read()
    {
        var value = new byte[256 * 1024];
        value[^1] = 7;

        var version = await Cluster.PutAsync("a/b=1.x_y-z", value, null, null, Ct);

        var entry = await Cluster.GetAsync("a/b=1.x_y-z", Ct);
        Assert.Equal(("a/b=1.x_y-z", version), (entry!.Key, entry.Version));
        Assert.Equal(value, entry.Value.ToArray());
    }

    [Fact]
    public async Task Versions_grow_and_never_come_again()
    {
        var versions = new List<long?> { await PutAsync("a"), await PutAsync("a") };
        Assert.True(await Cluster.DeleteAsync("a", null, Ct));
        versions.Add(await PutAsync("a"));

        Assert.Equal(versions.Distinct().Order(), versions);
        Assert.All(versions, static version => Assert.True(version > 0));
    }

    [Fact]
    public async Task A_write_to_what_must_be_missing_fails_where_it_is_there()
    {
        Assert.NotNull(await Cluster.PutAsync("a", One, 0, null, Ct));

        Assert.Null(await Cluster.PutAsync("a", Two, 0, null, Ct));

        Assert.Equal(One, (await Cluster.GetAsync("a", Ct))!.Value.ToArray());
    }

    [Fact]
    public async Task A_write_to_another_version_fails()
    {
        var old = await PutAsync("a");
        var now = await PutAsync("a");

        Assert.Null(await Cluster.PutAsync("a", Two, old, null, Ct));
        Assert.NotNull(await Cluster.PutAsync("a", Two, now, null, Ct));
        Assert.Null(await Cluster.PutAsync("missing", Two, now, null, Ct));
    }

    [Fact]
    public async Task Of_eight_that_race_for_a_version_one_wins()
    {
        for (var round = 0; round < 10; round++)
        {
            var version = await PutAsync("a");

            var written = await TogetherAsync(8, async i => await Cluster.PutAsync("a", new[] { (byte)i }, version, null, Ct));

            Assert.Single(written, static v => v is not null);
        }
    }

    [Fact]
    public async Task A_delete_goes_by_version_too()
    {
        var version = await PutAsync("a");

        Assert.False(await Cluster.DeleteAsync("a", version + 1, Ct));
        Assert.True(await Cluster.DeleteAsync("a", version, Ct));
        Assert.False(await Cluster.DeleteAsync("a", null, Ct));
        Assert.Null(await Cluster.GetAsync("a", Ct));
    }

    [Fact]
    public async Task What_has_expired_is_gone()
    {
        _ = await Cluster.PutAsync("a", One, null, Delay, Ct);
        Assert.NotNull(await Cluster.GetAsync("a", Ct));

        await PassAsync(Delay + TimeSpan.FromMilliseconds(100));

        Assert.Null(await Cluster.GetAsync("a", Ct));
        Assert.Empty(await Cluster.ListAsync("a", Ct));
        Assert.False(await Cluster.DeleteAsync("a", null, Ct));
        Assert.NotNull(await Cluster.PutAsync("a", Two, 0, null, Ct));
    }

    [Fact]
    public async Task A_write_begins_a_new_life()
    {
        _ = await Cluster.PutAsync("renewed", One, null, Delay, Ct);
        _ = await Cluster.PutAsync("kept", One, null, Delay, Ct);
        await PassAsync(0.6 * Delay);
        _ = await Cluster.PutAsync("renewed", One, null, Delay, Ct);
        _ = await Cluster.PutAsync("kept", One, null, null, Ct);

        await PassAsync(0.6 * Delay);

        Assert.Equal(["kept", "renewed"], (await Cluster.ListAsync("", Ct)).Select(static entry => entry.Key));
    }

    [Fact]
    public async Task A_list_is_of_a_prefix_and_in_order()
    {
        foreach (var key in (string[])["workers/b", "workers/a", "workersx", "pools/a"])
        {
            _ = await PutAsync(key);
        }

        Assert.Equal(["workers/a", "workers/b"], (await Cluster.ListAsync("workers/", Ct)).Select(static entry => entry.Key));
    }

    [Fact]
    public async Task A_watch_shows_what_is_there_and_then_what_changes()
    {
        _ = await PutAsync("control/a");
        _ = await PutAsync("other");
        await using var watch = new Watch(Cluster, "control/");
        Assert.Equal("control/a", (await watch.NextAsync()).Entry!.Key);

        var next = watch.NextAsync();
        _ = await Cluster.PutAsync("control/b", Two, null, null, Ct);
        Assert.Equal(Two, (await next).Entry!.Value.ToArray());

        next = watch.NextAsync();
        _ = await Cluster.DeleteAsync("control/a", null, Ct);
        Assert.Equal(new("control/a", null), await next);
    }

    [Fact]
    public async Task A_watch_sees_what_expires()
    {
        _ = await Cluster.PutAsync("control/a", One, null, Delay, Ct);
        await using var watch = new Watch(Cluster, "control/");
        Assert.NotNull((await watch.NextAsync()).Entry);

        var next = watch.NextAsync();
        await PassAsync(Delay + TimeSpan.FromMilliseconds(100));
        _ = await PutAsync("unrelated");

        Assert.Equal(new("control/a", null), await next);
    }

    [Fact]
    public async Task A_watch_ends_when_it_is_cancelled()
    {
        await using var watch = new Watch(Cluster, "control/");
        var next = watch.NextAsync();

        await watch.CancelAsync();

        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    private async Task<long?> PutAsync(string key) => await Cluster.PutAsync(key, One, null, null, Ct);
}
