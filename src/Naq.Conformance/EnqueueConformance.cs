namespace Naq.Conformance;

/// <summary>Jobs come in whole, once, and in order.</summary>
public abstract class EnqueueConformance<TBroker> : BrokerConformance<TBroker> where TBroker : BrokerUnderTest, new()
{
    [Fact]
    public async Task Jobs_of_a_class_are_delivered_in_the_order_of_enqueue()
    {
        var jobs = Some(20);
        await EnqueueAsync(jobs);
        var reader = await OpenAsync(Queue);

        var claimed = await reader.TakeAsync(20);

        Assert.Equal(jobs.Select(static job => job.Id), claimed.Select(static job => job.Id));
    }

    [Fact]
    public async Task An_empty_batch_is_answered_with_nothing() => Assert.Empty(await Jobs.EnqueueAsync([], Ct));

    [Fact]
    public async Task The_same_id_twice_is_a_duplicate_of_itself()
    {
        var job = Job();
        await EnqueueAsync(job);

        var again = await TryEnqueueAsync(job);

        Assert.Equal(new(job.Id, EnqueueStatus.Duplicate), again);
        Assert.Equal(1, (await CountsAsync()).Ready);
    }

    [Fact]
    public async Task The_same_id_twice_in_one_batch_is_stored_once()
    {
        var job = Job();

        var results = await Jobs.EnqueueAsync([job, job], Ct);

        Assert.Equal([EnqueueStatus.Accepted, EnqueueStatus.Duplicate], results.Select(static result => result.Status));
        Assert.Equal(1, (await CountsAsync()).Ready);
    }

    [Fact]
    public async Task A_payload_of_256_KiB_of_any_bytes_arrives_intact()
    {
        var payload = new byte[256 * 1024];
        new Random(256).NextBytes(payload);
        await EnqueueAsync(Job() with { Payload = payload });

        var claimed = await ClaimAsync();

        Assert.Equal(payload, claimed.Payload.ToArray());
    }

    [Fact]
    public async Task Everything_about_a_job_arrives_with_its_claim()
    {
        var job = Job("special", JobPriority.High) with { Type = "images.resize" };
        await EnqueueAsync(job);

        var claimed = await ClaimAsync("special");

        Assert.Equal((job.Id, "images.resize", "special", JobPriority.High), (claimed.Id, claimed.Type, claimed.Queue, claimed.Priority));
        Assert.Equal((1, 0, false), (claimed.Attempt, claimed.Interruptions, claimed.IsAlone));
        Assert.Equal(job.Payload.ToArray(), claimed.Payload.ToArray());
        Assert.Equal(job.EnqueuedAt, claimed.EnqueuedAt);
        Assert.InRange(claimed.ReadyAt, job.EnqueuedAt - TimeSpan.FromSeconds(1), Now + TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Settings_travel_with_the_job()
    {
        var headers = new Dictionary<string, string> { ["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", ["tenant"] = "Größe \"1\"" };
        var settings = new JobSettings { MaxAttempts = 7, Backoff = Backoff.Linear, RetryDelaysMs = [1, 2, 3], TimeoutMs = 400, Headers = headers };
        await EnqueueAsync(Job() with { Settings = settings });

        var claimed = await ClaimAsync();

        Assert.Equal((7, Backoff.Linear, 400L), (claimed.Settings.MaxAttempts, claimed.Settings.Backoff, claimed.Settings.TimeoutMs));
        Assert.Equal([1L, 2L, 3L], claimed.Settings.RetryDelaysMs);
        Assert.Equal(headers, claimed.Settings.Headers);
    }

    [Fact]
    public async Task Default_settings_arrive_as_the_defaults()
    {
        await EnqueueAsync(Job());

        var claimed = await ClaimAsync();

        Assert.Equal(JobSettings.Default, claimed.Settings);
    }

    [Fact]
    public async Task A_time_in_the_past_means_ready_at_once()
    {
        var job = Job() with { RunAt = Now - TimeSpan.FromMinutes(1) };
        await EnqueueAsync(job);

        var claimed = await ClaimAsync();

        Assert.Equal(job.Id, claimed.Id);
    }

    [Fact]
    public async Task Concurrent_enqueues_are_all_stored()
    {
        var batches = Enumerable.Range(0, 8).Select(_ => Some(25)).ToList();

        _ = await TogetherAsync(8, async i =>
        {
            await EnqueueAsync(batches[i]);
            return true;
        });

        var reader = await OpenAsync(Queue);
        var claimed = await reader.TakeAsync(200);
        var enqueued = batches.SelectMany(static batch => batch).Select(static job => job.Id);
        Assert.Equal(enqueued.ToHashSet(), claimed.Select(static job => job.Id).ToHashSet());
    }
}
