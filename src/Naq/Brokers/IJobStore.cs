namespace Naq.Brokers;

/// <summary>Where jobs live. One implementation a broker; all pass the same conformance suite. Safe for concurrent use.</summary>
/// <remarks>
/// Every call throws <see cref="BrokerUnavailableException"/> when the broker cannot be used; nothing was done then, except that an
/// enqueue whose answer was lost throws <see cref="EnqueueOutcomeUnknownException"/>. Not for outside implementation before 1.0.
/// </remarks>
public interface IJobStore : IAsyncDisposable
{
    /// <summary>How long a claim lasts without an extension; a property of the broker, the same for all workers.</summary>
    TimeSpan LeaseDuration { get; }

    /// <summary>Stores jobs, in one write for the whole list, and answers for each in order. Returns after they are durable.</summary>
    ValueTask<IReadOnlyList<EnqueueResult>> EnqueueAsync(IReadOnlyList<NewJob> jobs, CancellationToken ct);

    /// <summary>Opens the stream of jobs of one worker.</summary>
    ValueTask<IJobFeed> OpenFeedAsync(FeedOptions options, CancellationToken ct);

    /// <summary>Ends claims, in one write for the whole list, and answers for each in order. The list is the caller's again with the answer.</summary>
    ValueTask<IReadOnlyList<SettleResult>> SettleAsync(IReadOnlyList<Settlement> settlements, CancellationToken ct);

    /// <summary>Extends leases to a full period from the time of the call, and answers for each in order.</summary>
    ValueTask<IReadOnlyList<LeaseStatus>> ExtendAsync(IReadOnlyList<Lease> leases, CancellationToken ct);

    /// <summary>Keeps what running jobs say of themselves, in one write for the whole list, and answers for each in order; a lost lease keeps nothing.</summary>
    /// <remarks>Kept with the job for as long as its record. A checkpoint comes with every later claim of the job.</remarks>
    ValueTask<IReadOnlyList<LeaseStatus>> ReportAsync(IReadOnlyList<JobReport> reports, CancellationToken ct);

    /// <summary>Cancels a job, or asks its worker to.</summary>
    ValueTask<CancelResult> CancelAsync(JobId id, CancellationToken ct);

    /// <summary>Finds a job with all that is known of it; null: there is none.</summary>
    ValueTask<JobSnapshot?> FindAsync(JobId id, CancellationToken ct);

    /// <summary>Lists jobs, newest first.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="after">The <see cref="JobPage.Next"/> of the page before; null: the first page.</param>
    /// <param name="limit">At most so many, 1 to 1000.</param>
    /// <param name="ct">Gives up.</param>
    ValueTask<JobPage> ListAsync(JobFilter filter, string? after, int limit, CancellationToken ct);

    /// <summary>Makes a scheduled, dead or cancelled job ready now. Its attempts start from 0, unless it was only scheduled.</summary>
    ValueTask<RequeueResult> RequeueAsync(JobId id, CancellationToken ct);

    /// <summary>Forgets a job that is not running: <see cref="CancelResult.Cancelled"/> = gone, <see cref="CancelResult.Requested"/> = it runs, nothing was done.</summary>
    ValueTask<CancelResult> DeleteAsync(JobId id, CancellationToken ct);

    /// <summary>Waits until a job has ended and returns it; null: it had not within <paramref name="wait"/>.</summary>
    /// <exception cref="JobNotFoundException">There is no such job.</exception>
    ValueTask<JobSnapshot?> ResultAsync(JobId id, TimeSpan wait, CancellationToken ct);

    /// <summary>Reads what is known of the queues that match; all of them where <paramref name="queues"/> is null. Cost does not grow with their length.</summary>
    ValueTask<IReadOnlyList<QueueCounts>> CountsAsync(IReadOnlyList<string>? queues, CancellationToken ct);

    /// <summary>Waits until something may have changed since <paramref name="seen"/> (0: at once), and returns the number to pass next. Cheap; may wake for nothing.</summary>
    ValueTask<long> WaitForChangeAsync(long seen, CancellationToken ct);

    /// <summary>Changes a queue's settings; makes the queue where it is new.</summary>
    ValueTask SetQueueAsync(string queue, QueueChange change, CancellationToken ct);

    /// <summary>Deletes the ready and scheduled jobs of a queue, and says how many.</summary>
    ValueTask<long> PurgeAsync(string queue, CancellationToken ct);

    /// <summary>Forgets a queue: its ready, scheduled and dead jobs, its settings and its totals. Refused while jobs of it run; finished jobs stay in the history.</summary>
    /// <remarks>A later enqueue, or a worker that serves it by name, makes the queue anew. Interrupted half-way it has deleted a part: repeat it.</remarks>
    ValueTask<QueueDeletion> DeleteQueueAsync(string queue, CancellationToken ct);

    /// <summary>Looks at the broker's health.</summary>
    ValueTask<IReadOnlyList<Finding>> DiagnoseAsync(CancellationToken ct);
}

/// <summary>How a feed is opened.</summary>
/// <param name="Queues">What to claim from, in order of preference.</param>
public sealed record FeedOptions(IReadOnlyList<QueueSource> Queues)
{
    /// <value>The worker's name; shown with its running jobs.</value>
    public required string Worker { get; init; }

    /// <value>Called, at any time and on any thread, when a lease of this feed may have a cancellation request: extend now, to learn which.</value>
    public Action? Attention { get; init; }
}

/// <summary>A queue, or pattern of queues, that a feed claims from.</summary>
/// <param name="NameOrPattern">A queue's name, or a prefix with a final <c>*</c>.</param>
/// <param name="Weight">Its share where several have jobs; null in all sources: strict order. 1 to 1000.</param>
public sealed record QueueSource(string NameOrPattern, int? Weight = null);

/// <summary>A worker's stream of claimed jobs. One reader; <see cref="Grant"/> may be called from anywhere.</summary>
/// <remarks>
/// Never more jobs are delivered than credits were granted, over all queues and classes. A cancelled read loses nothing. Disposal
/// withdraws the credits and hands back what was delivered and not read. A job with two interruptions is delivered alone: only when
/// nothing else of this feed is unsettled, and nothing else is delivered until it is settled.
/// </remarks>
public interface IJobFeed : IAsyncDisposable
{
    /// <summary>Adds credits: each lets one more job be delivered.</summary>
    void Grant(int credits);

    /// <summary>Withdraws all credits: nothing more is claimed until the next grant. What was delivered can still be read.</summary>
    ValueTask StopAsync(CancellationToken ct);

    /// <summary>Waits for at least one job and moves as many as there are, and fit, into <paramref name="buffer"/>; 0 after the feed was stopped and is empty.</summary>
    ValueTask<int> ReadAsync(Memory<ClaimedJob> buffer, CancellationToken ct);
}
