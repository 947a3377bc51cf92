using Naq.Brokers;

namespace Naq.Cli.Enqueueing;

/// <summary>Stores batches of jobs that have their ids already, so that an enqueue whose answer was lost can be repeated.</summary>
internal sealed class Enqueuer(EnqueuePath path, TimeProvider time)
{
    private const int Repeats = 3;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>One write; the answers are in the order of the jobs.</summary>
    /// <exception cref="EnqueueOutcomeUnknownException">The answer was lost again and again.</exception>
    public async ValueTask<IReadOnlyList<EnqueueResult>> StoreAsync(IReadOnlyList<NewJob> jobs, CancellationToken ct)
    {
        for (var tried = 0; ; tried++)
        {
            try
            {
                var results = await path.StoreAsync(jobs, ct).ConfigureAwait(false);
                return tried == 0 ? results : Own(jobs, results);
            }
            catch (EnqueueOutcomeUnknownException) when (tried < Repeats)
            {
                await Task.Delay(Pause, time, ct).ConfigureAwait(false);
            }
        }
    }

    /// <summary>What a refusal means, in one line; null: the job is stored.</summary>
    public static string? Refusal(EnqueueStatus status, string queue) => status switch
    {
        EnqueueStatus.Accepted or EnqueueStatus.Duplicate => null,
        EnqueueStatus.QueueFull => $"queue '{queue}' has reached its maximum length. Retry later, or raise it.",
        EnqueueStatus.DiskFull => $"queue '{queue}' takes no jobs: the disk has too little free space. Free some.",
    };

    // A repeat finds its own first try: that is no duplicate to the caller.
    private static EnqueueResult[] Own(IReadOnlyList<NewJob> jobs, IReadOnlyList<EnqueueResult> results) =>
        [.. results.Select((result, i) => result.Id == jobs[i].Id ? result with { Status = EnqueueStatus.Accepted } : result)];
}
