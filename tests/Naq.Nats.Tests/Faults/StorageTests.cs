namespace Naq.Nats.Tests.Faults;

/// <summary>No room: enqueues are refused by name, what runs goes on, and room that is made is used.</summary>
public sealed class StorageTests : FaultTest
{
    private const string AccountLimit = """
        accounts { A: { jetstream: { max_file: 6MB, max_mem: 1MB }, users: [ { user: a, password: a } ] } }
        no_auth_user: a
        """;

    [Fact]
    public async Task An_account_without_room_refuses_enqueues_and_settles_what_runs()
    {
        var server = await StartAsync(AccountLimit);
        var broker = await OpenAsync(new NatsBrokerOptions { Url = server.Url, LeaseDuration = TimeSpan.FromSeconds(20) });
        await EnqueueAsync(broker, Job("running"), Job("running"));
        var running = await TakeAsync(await FeedAsync(broker, "running"), 2, TimeSpan.FromSeconds(10));
        var accepted = await FillAsync(broker);

        var settled = await broker.Jobs.SettleAsync([.. running.Select(static job => new Settlement(job.Lease, SettleKind.Succeed))], Ct);

        Assert.All(settled, static answer => Assert.Equal(SettleResult.Settled, answer));
        await MakeRoomAsync(broker, accepted);
    }

    [Fact]
    public async Task A_bound_of_the_broker_refuses_enqueues_and_not_retries()
    {
        var server = await StartAsync();
        var broker = await OpenAsync(new NatsBrokerOptions { Url = server.Url, LeaseDuration = TimeSpan.FromSeconds(20), MaxBytes = 3 << 20 });
        await EnqueueAsync(broker, Job("running"));
        var running = Assert.Single(await TakeAsync(await FeedAsync(broker, "running"), 1, TimeSpan.FromSeconds(10)));
        var accepted = await FillAsync(broker);

        var settled = await broker.Jobs.SettleAsync([new(running.Lease, SettleKind.Retry) { DueAt = Clock.GetUtcNow() + TimeSpan.FromMinutes(1) }], Ct);

        Assert.Equal([SettleResult.Settled], settled);
        Assert.Equal(1, Assert.Single(await broker.Jobs.CountsAsync(["running"], Ct)).Scheduled);
        await MakeRoomAsync(broker, accepted);
    }

    /// <summary>Enqueues until it is refused. The answer: how many were not.</summary>
    private static async Task<int> FillAsync(Broker broker)
    {
        var payload = new byte[200_000];
        Array.Fill(payload, (byte)'1');
        var accepted = 0;
        await UntilAsync(async () =>
        {
            var answer = Assert.Single(await broker.Jobs.EnqueueAsync([Job() with { Payload = payload }], Ct));
            accepted += answer.Status == EnqueueStatus.Accepted ? 1 : 0;
            return answer.Status == EnqueueStatus.DiskFull;
        }, TimeSpan.FromSeconds(30), "there is no room");
        return accepted;
    }

    private async Task MakeRoomAsync(Broker broker, int jobs)
    {
        var worker = await WorkAsync(broker, slots: 4);
        await UntilAsync(() => Task.FromResult(worker.Ran.Count == jobs), TimeSpan.FromSeconds(20), "what was accepted ran");
        await UntilAsync(
            async () => Assert.Single(await broker.Jobs.EnqueueAsync([Job("after")], Ct)).Status == EnqueueStatus.Accepted,
            TimeSpan.FromSeconds(5), "there is room again");
        Assert.Equal(0, worker.Lost);
    }
}
