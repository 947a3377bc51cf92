using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using NATS.Client.JetStream.Models;
using Naq.Cluster;
using Naq.Nats.Queues;

namespace Naq.Nats.Tests;

/// <summary>What <c>naq doctor</c> says of a broker on NATS.</summary>
public sealed class DoctorTests
{
    private readonly string _prefix = $"t{Guid.NewGuid():N}";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("always", false, true, Severity.Ok, "loss of power, not of the disk")]
    [InlineData("\"2m\"", false, true, Severity.Warning, "not loss of power")]
    [InlineData("always", false, false, Severity.Warning, "cannot be seen")]
    [InlineData("always", true, true, Severity.Warning, "not of the server")]
    public async Task It_says_what_an_acknowledgement_survives(string sync, bool isInMemory, bool isMonitored, Severity severity, string words)
    {
        await using var server = await ConfiguredServer.StartAsync(folder => $$"""
            http: "127.0.0.1:-1"
            jetstream { store_dir: "{{folder}}/store", sync_interval: {{sync}} }
            """);
        await using var broker = await server.OpenAsync(o => o with { InMemory = isInMemory, MonitorUrl = isMonitored ? server.MonitorUrl : null });

        var finding = await FindAsync(broker, "durability");

        Assert.Equal(severity, finding.Severity);
        Assert.Contains(words, finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fresh_broker_has_nothing_wrong_with_it()
    {
        await using var broker = await OpenAsync();

        var findings = await broker.Jobs.DiagnoseAsync(Ct);

        Assert.Equal(
            ["server", "durability", "replicas", "limits", "storage", "jobs", "clock", "streams", "consumers", "stalls", "history", "lease"],
            findings.Select(static finding => finding.Check));
        Assert.All(findings.Where(static finding => finding.Check != "durability"), static finding => Assert.True(finding.Severity == Severity.Ok, finding.ToString()));
    }

    [Fact]
    public async Task A_clock_that_differs_is_seen()
    {
        await using var broker = await OpenAsync(time: new Ahead(TimeSpan.FromMinutes(3)));

        var finding = await FindAsync(broker, "clock");

        Assert.Equal(Severity.Warning, finding.Severity);
        Assert.Contains("differs by -1", finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_of_another_shape_is_seen()
    {
        await using var first = await OpenAsync();
        await using var second = await OpenAsync(static o => o with { MaxFinished = 77 });

        var finding = await FindAsync(second, "streams");

        Assert.Equal(Severity.Warning, finding.Severity);
        Assert.Contains("max_msgs is 1000000, not 77", finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_nearly_full_store_is_an_error()
    {
        await using var broker = await OpenAsync(static o => o with { MaxBytes = 100 });
        _ = await broker.Jobs.EnqueueAsync([Job("mail")], Ct);

        Assert.Equal(Severity.Error, (await FindAsync(broker, "jobs")).Severity);
    }

    [Fact]
    public async Task An_accounts_limits_are_seen()
    {
        await using var server = await ConfiguredServer.StartAsync(static _ =>
            """accounts { A { jetstream: { max_file: 100000000, max_consumers: 3 }, users: [ { user: u, password: p } ] } }""");
        await using var broker = await server.OpenAsync(static o => o with { User = "u", Password = "p" });
        _ = await broker.Jobs.EnqueueAsync([Job("mail")], Ct);
        await broker.Jobs.SetQueueAsync("mail", new() { IsPaused = true }, Ct);

        Assert.Contains("of 100 MB used", (await FindAsync(broker, "storage")).Text, StringComparison.Ordinal);
        Assert.Contains("of 3 consumers", (await FindAsync(broker, "limits")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_small_payload_limit_is_seen()
    {
        await using var server = await ConfiguredServer.StartAsync(static _ => "max_payload: 64KB");
        await using var broker = await server.OpenAsync();

        Assert.Contains("Raise max_payload", (await FindAsync(broker, "server")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Jobs_that_no_worker_serves_are_seen()
    {
        await using var broker = await OpenAsync();
        _ = await broker.Jobs.EnqueueAsync([Job("mail"), Job("reports")], Ct);
        await RegisterAsync(broker, Worker("rep*"));

        var finding = await FindAsync(broker, "consumers");

        Assert.Equal(Severity.Warning, finding.Severity);
        Assert.StartsWith("jobs wait in mail, and no living worker serves it", finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task How_far_the_history_was_behind_is_said()
    {
        await using var broker = await OpenAsync();
        _ = await broker.Jobs.EnqueueAsync([Job("mail")], Ct);
        await using var feed = await broker.Jobs.OpenFeedAsync(new([new("mail")]) { Worker = "w1" }, Ct);
        feed.Grant(1);
        var claimed = new ClaimedJob[1];
        _ = await feed.ReadAsync(claimed, Ct);
        _ = await broker.Jobs.SettleAsync([new(claimed[0].Lease, SettleKind.Succeed)], Ct);
        await using var other = await OpenAsync();

        Assert.StartsWith("1 of 1 messages were still to be read", (await FindAsync(other, "history")).Text, StringComparison.Ordinal);
        Assert.StartsWith("0 of 1 messages were still to be read", (await FindAsync(other, "history")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_consumer_that_delivers_nothing_beside_a_free_worker_is_an_error()
    {
        var counts = Counts(TimeSpan.FromMinutes(5));

        var finding = Attendance.Delivered([("mail", '1', Consumer(pending: 7))], counts, [Worker("mail")], 0);

        Assert.Equal(Severity.Error, finding.Severity);
        Assert.StartsWith("mail-1 delivered nothing", finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Jobs_that_wait_for_a_reason_are_no_stall()
    {
        var (old, young) = (Counts(TimeSpan.FromMinutes(5)), Counts(TimeSpan.FromSeconds(2)));
        var paused = old.ToDictionary(static entry => entry.Key, static entry => entry.Value with { IsPaused = true });
        (string, char, ConsumerInfo)[] waiting = [("mail", '1', Consumer(pending: 7))];

        Assert.All(
            (Finding[])
            [
                Attendance.Delivered(waiting, young, [Worker("mail")], 0),
                Attendance.Delivered(waiting, paused, [Worker("mail")], 0),
                Attendance.Delivered(waiting, old, [Worker("mail") with { Busy = 4 }], 0),
                Attendance.Delivered(waiting, old, [Worker("mail") with { State = WorkerState.Quiet }], 0),
                Attendance.Delivered(waiting, old, [Worker("other")], 0),
                Attendance.Delivered([("mail", '1', Consumer(pending: 7, unacknowledged: 1))], old, [Worker("mail")], 0),
            ],
            static finding => Assert.Equal(Severity.Ok, finding.Severity));
        Assert.Equal(Severity.Warning, Attendance.Delivered(waiting, young, [Worker("mail")], stalls: 2).Severity);
    }

    private static async Task<Finding> FindAsync(Broker broker, string check) =>
        Assert.Single(await broker.Jobs.DiagnoseAsync(Ct), finding => finding.Check == check);

    private static async Task RegisterAsync(Broker broker, WorkerRecord worker) =>
        Assert.NotNull(await broker.Cluster.PutAsync(WorkerRegistry.Key(worker.Name), worker.ToBytes(), null, TimeSpan.FromMinutes(1), Ct));

    private static NewJob Job(string queue) => new(JobId.New(TimeProvider.System), "test.job", queue, JobPriority.Normal, "{}"u8.ToArray(), JobSettings.Default)
    {
        EnqueuedAt = TimeProvider.System.GetUtcNow(),
    };

    private static WorkerRecord Worker(string queue) => new()
    {
        Name = "w1",
        Host = "here",
        Pid = 1,
        Queues = [queue],
        Concurrency = 4,
        State = WorkerState.Running,
        StartedAt = DateTimeOffset.UnixEpoch,
        SeenAt = DateTimeOffset.UnixEpoch.AddHours(1),
    };

    private static Dictionary<string, QueueCounts> Counts(TimeSpan oldest) => new() { ["mail"] = new("mail") { Ready = 7, OldestAge = oldest } };

    private static ConsumerInfo Consumer(int pending, int unacknowledged = 0) => JsonSerializer.Deserialize<ConsumerInfo>(string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"stream_name":"S","name":"mail-1","num_pending":{{pending}},"num_ack_pending":{{unacknowledged}},"delivered":{"consumer_seq":0,"stream_seq":0},"ack_floor":{"consumer_seq":0,"stream_seq":0} }"""))!;

    private async Task<Broker> OpenAsync(Func<NatsBrokerOptions, NatsBrokerOptions>? options = null, TimeProvider? time = null)
    {
        var server = await TestContext.Current.GetFixture<NatsServer>();
        var own = new NatsBrokerOptions { Url = server!.Address, Prefix = _prefix };
        return await NatsBroker.OpenAsync(options?.Invoke(own) ?? own, time ?? TimeProvider.System, NullLoggerFactory.Instance, Ct);
    }

    /// <summary>A machine whose clock is ahead.</summary>
    private sealed class Ahead(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }
}
