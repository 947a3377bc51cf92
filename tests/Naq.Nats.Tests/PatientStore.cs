namespace Naq.Nats.Tests;

/// <summary>Repeats what the broker says is to be repeated: unavailable now, or in doubt under the same id.</summary>
internal sealed class PatientStore(IJobStore store) : IJobStore
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public TimeSpan LeaseDuration => store.LeaseDuration;

    public static async ValueTask<T> UntilDoneAsync<T>(Func<ValueTask<T>> act, CancellationToken ct)
    {
        for (var start = TimeProvider.System.GetTimestamp(); ;)
        {
            try
            {
                return await act();
            }
            catch (Exception error) when (error is BrokerUnavailableException or EnqueueOutcomeUnknownException && TimeProvider.System.GetElapsedTime(start) < Patience)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, ct);
            }
        }
    }

    /// <summary>In doubt first and its own duplicate then: it was stored.</summary>
    public async ValueTask<IReadOnlyList<EnqueueResult>> EnqueueAsync(IReadOnlyList<NewJob> jobs, CancellationToken ct)
    {
        var tries = 0;
        var answers = await UntilDoneAsync(() =>
        {
            tries++;
            return store.EnqueueAsync(jobs, ct);
        }, ct);
        return tries == 1 ? answers : [.. answers.Select((answer, i) => answer == new EnqueueResult(jobs[i].Id, EnqueueStatus.Duplicate) ? answer with { Status = EnqueueStatus.Accepted } : answer)];
    }

    public ValueTask<IJobFeed> OpenFeedAsync(FeedOptions options, CancellationToken ct) => UntilDoneAsync(() => store.OpenFeedAsync(options, ct), ct);

    public ValueTask<IReadOnlyList<SettleResult>> SettleAsync(IReadOnlyList<Settlement> settlements, CancellationToken ct) => UntilDoneAsync(() => store.SettleAsync(settlements, ct), ct);

    public ValueTask<IReadOnlyList<LeaseStatus>> ExtendAsync(IReadOnlyList<Lease> leases, CancellationToken ct) => UntilDoneAsync(() => store.ExtendAsync(leases, ct), ct);

    public ValueTask<IReadOnlyList<LeaseStatus>> ReportAsync(IReadOnlyList<JobReport> reports, CancellationToken ct) => UntilDoneAsync(() => store.ReportAsync(reports, ct), ct);

    /// <summary>What had not ended before, and was found ended by a repetition, was cancelled by the try whose answer was lost.</summary>
    public async ValueTask<CancelResult> CancelAsync(JobId id, CancellationToken ct)
    {
        var (before, tries) = (await FindAsync(id, ct), 0);
        var answer = await UntilDoneAsync(() =>
        {
            tries++;
            return store.CancelAsync(id, ct);
        }, ct);
        return tries > 1 && before is { State: JobState.Ready or JobState.Scheduled } && answer != CancelResult.Requested ? CancelResult.Cancelled : answer;
    }

    public ValueTask<JobSnapshot?> FindAsync(JobId id, CancellationToken ct) => UntilDoneAsync(() => store.FindAsync(id, ct), ct);

    public ValueTask<JobPage> ListAsync(JobFilter filter, string? after, int limit, CancellationToken ct) => UntilDoneAsync(() => store.ListAsync(filter, after, limit, ct), ct);

    public ValueTask<RequeueResult> RequeueAsync(JobId id, CancellationToken ct) => UntilDoneAsync(() => store.RequeueAsync(id, ct), ct);

    public ValueTask<CancelResult> DeleteAsync(JobId id, CancellationToken ct) => UntilDoneAsync(() => store.DeleteAsync(id, ct), ct);

    public ValueTask<JobSnapshot?> ResultAsync(JobId id, TimeSpan wait, CancellationToken ct) => UntilDoneAsync(() => store.ResultAsync(id, wait, ct), ct);

    public ValueTask<IReadOnlyList<QueueCounts>> CountsAsync(IReadOnlyList<string>? queues, CancellationToken ct) => UntilDoneAsync(() => store.CountsAsync(queues, ct), ct);

    public ValueTask<long> WaitForChangeAsync(long seen, CancellationToken ct) => UntilDoneAsync(() => store.WaitForChangeAsync(seen, ct), ct);

    public async ValueTask SetQueueAsync(string queue, QueueChange change, CancellationToken ct) => _ = await UntilDoneAsync(async () =>
    {
        await store.SetQueueAsync(queue, change, ct);
        return true;
    }, ct);

    public ValueTask<long> PurgeAsync(string queue, CancellationToken ct) => UntilDoneAsync(() => store.PurgeAsync(queue, ct), ct);

    public ValueTask<QueueDeletion> DeleteQueueAsync(string queue, CancellationToken ct) => UntilDoneAsync(() => store.DeleteQueueAsync(queue, ct), ct);

    public ValueTask<IReadOnlyList<Finding>> DiagnoseAsync(CancellationToken ct) => UntilDoneAsync(() => store.DiagnoseAsync(ct), ct);

    public ValueTask DisposeAsync() => store.DisposeAsync();
}
