using Naq.Brokers;
using Naq.Nats.Queues;
using Naq.Nats.Server;
using Naq.Nats.Wire;

namespace Naq.Nats.Records;

/// <summary>Lists of jobs: what lives and what was kept from their streams, what succeeded from the projection, merged by id.</summary>
internal sealed class JobLists(Link link, QueueList queues, History history)
{
    public async ValueTask<JobPage> ListAsync(JobFilter filter, string? after, int limit, CancellationToken ct)
    {
        JobId? before = after is null ? null : JobId.TryParse(after, out var cursor) ? cursor
            : throw new NaqConfigurationException($"'{Printable.Escape(after)}' is no place in a list: pass what the page before gave.");
        var delivered = await DeliveredAsync(filter, ct).ConfigureAwait(false);
        var page = new List<JobSnapshot>(limit + 1);
        var sources = Sources(filter).Select(source => new StreamWalk(link, source.Stream, source.Filter).ReadAsync(ct).GetAsyncEnumerator(ct)).ToList();
        try
        {
            var heads = new List<(IAsyncEnumerator<Stored> Source, JobSnapshot Job)>();
            foreach (var source in sources)
            {
                if (await NextAsync(source).ConfigureAwait(false) is { } job)
                {
                    heads.Add((source, job));
                }
            }

            var succeeded = filter.State is null or JobState.Succeeded ? await history.ListAsync(before, filter.Matches, limit + 1, ct).ConfigureAwait(false) : [];
            var fromHistory = 0;
            while (page.Count <= limit && (heads.Count > 0 || fromHistory < succeeded.Count))
            {
                var best = heads.Count > 0 ? heads.MaxBy(static head => head.Job.Id.Value) : default;
                JobSnapshot job;
                if (best.Job is null || (fromHistory < succeeded.Count && succeeded[fromHistory].Id.Value.CompareTo(best.Job.Id.Value) > 0))
                {
                    job = succeeded[fromHistory++];
                }
                else
                {
                    job = best.Job;
                    _ = heads.Remove(best);
                    if (await NextAsync(best.Source).ConfigureAwait(false) is { } next)
                    {
                        heads.Add((best.Source, next));
                    }
                }

                // Between two reads a job may have moved: it is shown once.
                if (page.Count == 0 || page[^1].Id != job.Id)
                {
                    page.Add(job);
                }
            }
        }
        finally
        {
            foreach (var source in sources)
            {
                await source.DisposeAsync().ConfigureAwait(false);
            }
        }

        var isMore = page.Count > limit;
        var jobs = isMore ? page[..limit] : page;
        return new(jobs, isMore ? jobs[^1].Id.ToString() : null);

        async ValueTask<JobSnapshot?> NextAsync(IAsyncEnumerator<Stored> source)
        {
            while (await source.MoveNextAsync().ConfigureAwait(false))
            {
                var job = ToSnapshot(source.Current, delivered);
                if ((before is not { } bound || job.Id.Value.CompareTo(bound.Value) < 0) && filter.Matches(job))
                {
                    return job;
                }
            }

            return null;
        }

    }

    private JobSnapshot ToSnapshot(Stored stored, Dictionary<(string Queue, char Lane), ulong> delivered)
    {
        var job = Envelope.Read(stored.Subject, stored.Headers, null);
        var state = job.Address.Stage switch
        {
            Stage.Scheduled => JobState.Scheduled,
            Stage.Dead => JobState.Dead,
            Stage.Cancelled => JobState.Cancelled,
            _ when job.NotBefore > link.Time.GetUtcNow() => JobState.Scheduled,
            _ => delivered.GetValueOrDefault((job.Address.Queue, job.Address.Lane)) >= stored.Sequence ? JobState.Running : JobState.Ready,
        };
        return job.ToSnapshot(state, isWhole: false);
    }

    /// <summary>How far each lane has been delivered: what lies before that runs.</summary>
    private async ValueTask<Dictionary<(string Queue, char Lane), ulong>> DeliveredAsync(JobFilter filter, CancellationToken ct) =>
        filter.State is null or JobState.Ready or JobState.Running or JobState.Scheduled
            ? (await queues.InfosAsync(filter.Queue is null ? null : [filter.Queue], ct).ConfigureAwait(false)).ToDictionary(static i => (i.Queue, i.Lane), static i => i.Info.Delivered.StreamSeq)
            : [];

    private IEnumerable<(string Stream, string Filter)> Sources(JobFilter filter)
    {
        (JobState[] States, string Stream, Stage Stage)[] all =
        [
            ([JobState.Ready, JobState.Running, JobState.Scheduled], link.JobsStream, Stage.Ready),
            ([JobState.Scheduled], link.JobsStream, Stage.Scheduled),
            ([JobState.Dead], link.DeadStream, Stage.Dead),
            ([JobState.Cancelled], link.RecordStream, Stage.Cancelled),
        ];
        return all.Where(source => filter.State is not { } state || source.States.Contains(state))
            .Select(source => (source.Stream, link.Subjects.InStage(source.Stage, filter.Queue)));
    }
}
