using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using NATS.Client.Core;
using NATS.Client.JetStream;
using Naq.Brokers;
using Naq.Nats;
using Naq.Nats.Local;
using Naq.Nats.Wire;

namespace Naq.System.Tests;

/// <summary>Cost does not grow with backlog, history or number of queues. Figures of the broker alone, on a server that does not wait for the disk.</summary>
public sealed class NatsScaleTests(ITestOutputHelper output) : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("naq-scale-").FullName;
    private LocalServer _server = null!;
    private Broker _broker = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static TimeProvider Clock => TimeProvider.System;

    public async ValueTask InitializeAsync()
    {
        try
        {
            var store = Path.Combine(_folder, "data").Replace("\\", "\\\\", StringComparison.Ordinal);
            _server = await LocalServer.StartAsync(_folder, LocalServer.AnyPort, $"jetstream {{ store_dir: \"{store}\" }}", Ct);
        }
        catch (BrokerUnavailableException none)
        {
            Assert.Skip(none.Message);
        }

        _broker = await NatsBroker.OpenAsync(new() { Url = _server.Url }, Clock, NullLoggerFactory.Instance, Ct);
    }

    public async ValueTask DisposeAsync()
    {
        if (_broker is not null)
        {
            await _broker.DisposeAsync();
            await _server.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>
    /// A hundred thousand, or as many as <c>NAQ_SCALE_JOBS</c> says: half a million take some minutes. The bar is 0.8; the test fails at 0.6,
    /// so that a busy machine does not fail it.
    /// </summary>
    [Fact]
    public async Task A_long_queue_is_drained_as_fast_as_a_short_one()
    {
        const int few = 20_000;
        var many = int.Parse(Environment.GetEnvironmentVariable("NAQ_SCALE_JOBS") ?? "100000", CultureInfo.InvariantCulture);
        _ = await DrainAsync("warm-up", few);
        var before = await DrainAsync("few", few);
        var full = await DrainAsync("many", many);
        var after = await DrainAsync("few", few);

        var ratio = full / ((before + after) / 2);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"drain: {few} jobs {before:0}/s and {after:0}/s, {many} jobs {full:0}/s: ratio {ratio:0.00}"));
        Assert.True(ratio > 0.6, $"{ratio}");
    }

    [Fact]
    public async Task Two_hundred_queues_are_counted_within_50_ms()
    {
        foreach (var queues in Enumerable.Range(0, 200).Chunk(20))
        {
            await EnqueueAsync([.. queues.SelectMany(static queue => (NewJob[])[Job(Name(queue)), Job(Name(queue))])]);
        }

        var times = new List<double>();
        for (var i = 0; i < 10; i++)
        {
            var start = Clock.GetTimestamp();
            var counts = await _broker.Jobs.CountsAsync(null, Ct);
            times.Add(Clock.GetElapsedTime(start).TotalMilliseconds);
            Assert.Equal((200, 400), (counts.Count, counts.Sum(static queue => queue.Ready)));
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"counts of 200 queues: first {times[0]:0.0} ms, median {times.Order().ElementAt(5):0.0} ms"));
        Assert.True(times.Min() < 50, $"{times.Min()} ms");
    }

    [Fact]
    public async Task A_page_of_a_million_finished_jobs_comes_within_100_ms()
    {
        const int jobs = 1_000_000;
        await using (var connection = new NatsConnection(new() { Url = _server.Url }))
        {
            var js = new NatsJSContext(connection);
            foreach (var flush in Enumerable.Range(0, jobs).Chunk(Outcomes.Most).Chunk(16))
            {
                _ = await Task.WhenAll(flush.Select(part => js.PublishAsync("naq.e", new Outcomes { Jobs = [.. part.Select(static _ => Succeeded())] }.ToBytes(), cancellationToken: Ct).AsTask()));
            }
        }

        var (start, memory) = (Clock.GetTimestamp(), GC.GetTotalMemory(forceFullCollection: true));
        var page = await _broker.Jobs.ListAsync(new() { State = JobState.Succeeded }, null, 50, Ct);
        var building = Clock.GetElapsedTime(start);
        var held = GC.GetTotalMemory(forceFullCollection: true) - memory;
        var times = new List<double>();
        for (var i = 0; i < 20; i++)
        {
            start = Clock.GetTimestamp();
            page = await _broker.Jobs.ListAsync(new() { State = i % 2 == 0 ? JobState.Succeeded : null }, page.Next, 50, Ct);
            times.Add(Clock.GetElapsedTime(start).TotalMilliseconds);
            Assert.Equal(50, page.Jobs.Count);
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"1,000,000 finished jobs: projection built in {building.TotalSeconds:0.0} s, {held / 1e6:0} MB; a page of 50: median {times.Order().ElementAt(10):0.0} ms, longest {times.Max():0.0} ms"));
        Assert.True(times.Order().ElementAt(10) < 100, $"{times.Max()} ms");
    }

    /// <summary>The bar is one percent of a core; the test fails at twice that, so that a busy machine does not fail it.</summary>
    [Fact]
    public async Task A_worker_of_a_hundred_idle_queues_costs_next_to_nothing()
    {
        foreach (var queue in Enumerable.Range(0, 100))
        {
            await _broker.Jobs.SetQueueAsync(Name(queue), new() { MaxLength = 1_000_000 }, Ct);
            await EnqueueAsync(Job(Name(queue)));
        }

        await using var bench = await Bench.OpenNatsAsync(_server.Url, TimeSpan.FromSeconds(30), 1, Ct);
        using var worker = NaqProcess.Start(["worker", "q*", "--concurrency", "4", "--broker", _server.Url]);
        await bench.UntilAsync(async () => (await _broker.Jobs.CountsAsync(null, Ct)).All(static queue => queue.Load == 0), TimeSpan.FromMinutes(1), "all ran", Ct);
        await Task.Delay(TimeSpan.FromSeconds(45), Clock, Ct);
        var (before, beganAt) = (Ticks(worker.Pid) + Ticks(_server.Pid), Clock.GetTimestamp());
        var ofServer = Ticks(_server.Pid);
        await Task.Delay(TimeSpan.FromSeconds(20), Clock, Ct);
        var seconds = Clock.GetElapsedTime(beganAt).TotalSeconds;
        var percent = (Ticks(worker.Pid) + Ticks(_server.Pid) - before) / seconds;
        var server = (Ticks(_server.Pid) - ofServer) / seconds;

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"worker of 100 idle queues and its server: {percent:0.00} % of a core, of that the server {server:0.00} %"));
        Assert.True(percent < 2, $"{percent} %");
    }

    private static string Name(int queue) => string.Create(CultureInfo.InvariantCulture, $"q{queue:000}");

    private static NewJob Job(string queue) =>
        new(JobId.New(Clock), "naq.noop", queue, JobPriority.Normal, "{}"u8.ToArray(), JobSettings.Default) { EnqueuedAt = Clock.GetUtcNow() };

    private static Outcome Succeeded() => new()
    {
        Id = JobId.New(Clock).ToString(), Queue = "default", Type = "naq.noop", Priority = 1, Attempts = 1,
        EnqueuedAt = Clock.GetUtcNow().ToUnixTimeMilliseconds(), StartedAt = Clock.GetUtcNow().ToUnixTimeMilliseconds(), EndedAt = Clock.GetUtcNow().ToUnixTimeMilliseconds(),
    };

    private async Task EnqueueAsync(params NewJob[] jobs) =>
        Assert.All(await _broker.Jobs.EnqueueAsync(jobs, Ct), static answer => Assert.Equal(EnqueueStatus.Accepted, answer.Status));

    /// <summary>Stores jobs, then claims and settles them all. The answer: jobs per second of the second part.</summary>
    private async Task<double> DrainAsync(string queue, int jobs)
    {
        foreach (var part in Enumerable.Range(0, jobs).Chunk(5000))
        {
            await EnqueueAsync([.. part.Select(_ => Job(queue))]);
        }

        await using var feed = await _broker.Jobs.OpenFeedAsync(new([new(queue)]) { Worker = "w1" }, Ct);
        var start = Clock.GetTimestamp();
        var buffer = new ClaimedJob[500];
        feed.Grant(2 * buffer.Length);
        for (var done = 0; done < jobs;)
        {
            var count = await feed.ReadAsync(buffer, Ct);
            var answers = await _broker.Jobs.SettleAsync([.. buffer[..count].Select(static job => new Settlement(job.Lease, SettleKind.Succeed))], Ct);
            Assert.All(answers, static answer => Assert.Equal(SettleResult.Settled, answer));
            feed.Grant(count);
            done += count;
        }

        return jobs / Clock.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>User and system ticks of a process; Linux counts 100 a second.</summary>
    private static long Ticks(int pid)
    {
        var stat = File.ReadAllText($"/proc/{pid}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
    }
}
