using System.Text;
using NATS.Client.Core;
using Naq.Cluster;

namespace Naq.Nats.Tests.Security;

/// <summary>The roles of <c>deploy/nats/permissions.conf</c>, on a server with that very file: each can do its job, and not another's.</summary>
public sealed class RoleTests : IAsyncLifetime
{
    private static readonly string[] Users = ["admin", "producer", "worker", "autoscaler", "dashboard"];

    private readonly RefusalLog _log = new();
    private readonly List<Broker> _open = [];
    private ConfiguredServer? _server;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        foreach (var user in Users)
        {
            // The server inherits them; nothing else reads these names.
            Environment.SetEnvironmentVariable($"NAQ_{user.ToUpperInvariant()}_PASSWORD", PasswordOf(user));
        }

        _server = await ConfiguredServer.StartAsync(static folder =>
        {
            File.Copy(DeployedFiles.PathOf("permissions.conf"), Path.Combine(folder, "permissions.conf"));
            return "include permissions.conf";
        });
        _ = await OpenAsync("admin");
    }

    [Fact]
    public async Task A_producer_enqueues_and_waits()
    {
        var producer = await OpenAsync("producer");
        await producer.Jobs.SetQueueAsync("mail", new() { MaxLength = 100 }, Ct);
        var job = Job();

        var answers = await producer.Jobs.EnqueueAsync(
            [job, Job() with { RunAt = TimeProvider.System.GetUtcNow().AddHours(1) }, Job() with { Unique = UniqueKey.Of("test.job", new Unique("k", TimeSpan.FromHours(1))) }], Ct);

        Assert.All(answers, static answer => Assert.Equal(EnqueueStatus.Accepted, answer.Status));
        Assert.Equal(JobState.Ready, (await producer.Jobs.FindAsync(job.Id, Ct))!.State);
        Assert.Null(await producer.Jobs.ResultAsync(job.Id, TimeSpan.FromMilliseconds(50), Ct));
        Assert.Empty(_log.Refusals);
    }

    [Fact]
    public async Task A_worker_claims_settles_and_is_registered()
    {
        var (admin, worker) = (_open[0], await OpenAsync("worker"));
        _ = await admin.Jobs.EnqueueAsync([Job(), Job(), Job()], Ct);
        await using var feed = await worker.Jobs.OpenFeedAsync(new([new("mail")]) { Worker = "w1" }, Ct);
        var claimed = await ClaimAsync(feed, 3);

        Assert.All(await worker.Jobs.ExtendAsync([.. claimed.Select(static job => job.Lease)], Ct), static status => Assert.Equal(LeaseStatus.Held, status));
        var settled = await worker.Jobs.SettleAsync(
            [
                new(claimed[0].Lease, SettleKind.Succeed) { Result = Encoding.UTF8.GetBytes("1") },
                new(claimed[1].Lease, SettleKind.Retry) { DueAt = TimeProvider.System.GetUtcNow().AddHours(1), Reason = "boom" },
                new(claimed[2].Lease, SettleKind.Dead) { Reason = "attempts" },
            ],
            Ct);
        Assert.NotNull(await worker.Cluster.PutAsync(WorkerRegistry.Key("w1"), "{}"u8.ToArray(), null, TimeSpan.FromSeconds(10), Ct));
        Assert.NotNull(await PoolSeats.TryTakeAsync(worker.Cluster, "mail", 1, "w1", TimeSpan.FromSeconds(10), Ct));

        Assert.All(settled, static result => Assert.Equal(SettleResult.Settled, result));
        await CountedAsync(worker, ["mail"], static counts => (counts.Ready, counts.InFlight, counts.Scheduled, counts.Dead, counts.CompletedTotal) == (0, 0, 1, 1, 3));
        Assert.Equal(JobState.Succeeded, (await worker.Jobs.FindAsync(claimed[0].Id, Ct))!.State);
        Assert.Empty(_log.Refusals);
    }

    [Fact]
    public async Task An_autoscaler_leads_decides_and_commands()
    {
        var (admin, autoscaler) = (_open[0], await OpenAsync("autoscaler"));
        _ = await admin.Jobs.EnqueueAsync([Job()], Ct);

        await CountedAsync(autoscaler, ["mail"], static counts => counts.Ready == 1);
        Assert.NotEqual(0, await autoscaler.Jobs.WaitForChangeAsync(0, Ct));
        foreach (var key in (string[])["leader/autoscaler", "pools/mail/state", "decisions/mail/1", "history/mail/fine/1", "traces/mail", WorkerRegistry.ControlKey("w1")])
        {
            Assert.NotNull(await autoscaler.Cluster.PutAsync(key, "{}"u8.ToArray(), null, null, Ct));
        }

        Assert.Empty(_log.Refusals);
    }

    [Fact]
    public async Task A_dashboard_sees_everything()
    {
        var (admin, dashboard) = (_open[0], await OpenAsync("dashboard"));
        var job = Job();
        _ = await admin.Jobs.EnqueueAsync([job], Ct);

        await CountedAsync(dashboard, null, static counts => counts.Ready == 1);
        Assert.Equal(job.Id, Assert.Single((await dashboard.Jobs.ListAsync(new(), null, 10, Ct)).Jobs).Id);
        Assert.Equal(JobState.Ready, (await dashboard.Jobs.FindAsync(job.Id, Ct))!.State);
        Assert.DoesNotContain(await dashboard.Jobs.DiagnoseAsync(Ct), static finding => finding.Severity == Severity.Error);
        Assert.Empty(await WorkerRegistry.ListAsync(dashboard.Cluster, Ct));
        Assert.Empty(_log.Refusals);
    }

    [Fact]
    public async Task What_is_not_permitted_is_said()
    {
        var dashboard = await OpenAsync("dashboard");

        var refused = await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await dashboard.Jobs.SetQueueAsync("mail", new() { IsPaused = true }, Ct));

        Assert.Contains("does not permit it", refused.Message, StringComparison.Ordinal);
        Assert.Contains("$KV.naq.meta.queues.mail", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_may_not_make_streams_says_so_where_there_are_none()
    {
        var refused = await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await OpenAsync("worker", "fresh"));

        Assert.Contains("does not permit it", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("producer", "$JS.API.CONSUMER.MSG.NEXT.NAQ_JOBS.mail-1")]
    [InlineData("producer", "$JS.ACK.NAQ_JOBS.mail-1.1.1.1.1.0")]
    [InlineData("producer", "naq.d.p.mail.1.x")]
    [InlineData("producer", "naq.c.x")]
    [InlineData("producer", "$JS.API.STREAM.PURGE.NAQ_JOBS")]
    [InlineData("producer", "$JS.API.STREAM.DELETE.NAQ_JOBS")]
    [InlineData("producer", "$KV.naq.workers.w1")]
    [InlineData("worker", "$KV.naq.control.workers.w2")]
    [InlineData("worker", "$KV.naq.leader.autoscaler")]
    [InlineData("worker", "$KV.naq.pools.mail.target")]
    [InlineData("worker", "$JS.API.STREAM.PURGE.NAQ_JOBS")]
    [InlineData("worker", "$JS.API.CONSUMER.DELETE.NAQ_JOBS.mail-1")]
    [InlineData("autoscaler", "naq.j.p.mail.1.x")]
    [InlineData("autoscaler", "$JS.API.CONSUMER.MSG.NEXT.NAQ_JOBS.mail-1")]
    [InlineData("autoscaler", "$JS.ACK.NAQ_JOBS.mail-1.1.1.1.1.0")]
    [InlineData("autoscaler", "$KV.naq.meta.queues.mail")]
    [InlineData("dashboard", "naq.j.p.mail.1.x")]
    [InlineData("dashboard", "naq.c.x")]
    [InlineData("dashboard", "$KV.naq.control.workers.w1")]
    [InlineData("dashboard", "$JS.API.CONSUMER.CREATE.NAQ_JOBS.mail-1.naq.j.*.mail.1.>")]
    [InlineData("dashboard", "$JS.API.CONSUMER.MSG.NEXT.NAQ_JOBS.mail-1")]
    [InlineData("dashboard", "$JS.API.STREAM.MSG.DELETE.NAQ_JOBS")]
    public async Task A_role_cannot_do_what_is_anothers(string user, string subject)
    {
        await using var connection = new NatsConnection(new() { Url = _server!.Url, AuthOpts = new() { Username = user, Password = PasswordOf(user) } });
        var refused = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.ServerError += (_, args) =>
        {
            _ = refused.TrySetResult(args.Error);
            return ValueTask.CompletedTask;
        };

        await connection.PublishAsync(subject, "{}", cancellationToken: Ct);

        var said = await refused.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Ct);
        Assert.Contains($"\"{subject}\"", said, StringComparison.OrdinalIgnoreCase);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var broker in _open)
        {
            await broker.DisposeAsync();
        }

        _log.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    /// <summary>Waits until the only queue is counted as expected: the server counts a moment after it has acknowledged.</summary>
    private static async Task CountedAsync(Broker broker, string[]? queues, Func<QueueCounts, bool> isExpected)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        deadline.CancelAfter(TimeSpan.FromSeconds(20));
        while (await broker.Jobs.CountsAsync(queues, deadline.Token) is not [var counts] || !isExpected(counts))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, deadline.Token);
        }
    }

    private static string PasswordOf(string user) => $"the-{user}s-password";

    private static NewJob Job() => new(JobId.New(TimeProvider.System), "test.job", "mail", JobPriority.Normal, "{}"u8.ToArray(), JobSettings.Default)
    {
        EnqueuedAt = TimeProvider.System.GetUtcNow(),
    };

    private async Task<Broker> OpenAsync(string user, string prefix = "naq")
    {
        var options = new NatsBrokerOptions { Url = _server!.Url, User = user, Password = PasswordOf(user), Prefix = prefix };
        var broker = await NatsBroker.OpenAsync(options, TimeProvider.System, _log, Ct);
        _open.Add(broker);
        return broker;
    }

    private static async Task<List<ClaimedJob>> ClaimAsync(IJobFeed feed, int count)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        feed.Grant(count);
        var claimed = new List<ClaimedJob>();
        var buffer = new ClaimedJob[count];
        while (claimed.Count < count)
        {
            claimed.AddRange(buffer.AsSpan(0, await feed.ReadAsync(buffer, patience.Token)));
        }

        return claimed;
    }
}
