using System.Globalization;
using NATS.Client.Core;
using Naq.Nats.Server;
using Naq.Nats.Wire;

namespace Naq.Cli.Benchmarks.Raw;

/// <summary>
/// Takes jobs by standing pulls and ends them: what they leave behind is acknowledged first (results, one message for all that ended), then
/// each job is acknowledged, the last of a batch with an answer that is waited for while the next batch is dealt with.
/// </summary>
internal sealed class RawConsumer(Link link, RawStreams streams, RawPublisher results, TimeProvider time)
{
    /// <summary>As much as a worker of Naq holds beyond its slots; two such pulls stand at each consumer, so that the server never waits for one.</summary>
    private const int Batch = 256;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly byte[] Acknowledged = "+ACK"u8.ToArray();
    private static readonly byte[] Result = "{}"u8.ToArray();

    private readonly List<NatsMsg<byte[]>> _batch = new(Outcomes.Most);

    /// <summary>Takes and ends so many jobs.</summary>
    public async Task RunAsync(RawWork work, int jobs, bool withResults, CancellationToken ct)
    {
        var inbox = link.Subjects.Inbox(Guid.NewGuid().ToString("N"));

        // Room for all that was asked for: what does not fit is dropped.
        var room = new NatsSubOpts { ChannelOpts = new() { Capacity = 2 * Batch * work.Queues.Count } };
        var pulls = work.Queues.Select((queue, i) => new Pulls(queue, work.Part(jobs, i))).ToDictionary(static pulls => pulls.Consumer);
        var arriving = await link.Connection.SubscribeCoreAsync<byte[]>(inbox, opts: room, cancellationToken: ct).ConfigureAwait(false);
        await using (arriving.ConfigureAwait(false))
        {
            var confirming = Task.CompletedTask;
            for (var taken = 0; taken < jobs;)
            {
                foreach (var consumer in pulls.Values)
                {
                    for (var most = consumer.Next(); most > 0; most = consumer.Next())
                    {
                        await link.PullAsync(work.Stream, consumer.Consumer, most, Patience, inbox, ct).ConfigureAwait(false);
                    }
                }

                await TakeAsync(arriving, ct).ConfigureAwait(false);
                taken += _batch.Count;
                await RecordAsync(pulls, withResults, ct).ConfigureAwait(false);
                for (var i = 0; i < _batch.Count - 1; i++)
                {
                    await link.Connection.PublishAsync(_batch[i].ReplyTo!, Acknowledged, cancellationToken: ct).ConfigureAwait(false);
                }

                await confirming.ConfigureAwait(false);
                confirming = link.ConfirmAsync(_batch[^1].ReplyTo!, "+ACK", ct).AsTask();
            }

            await confirming.ConfigureAwait(false);
        }
    }

    /// <summary>Takes and ends one job after the other, each by a pull that stands before it is there, and says when it arrived: a stamp of the clock that all processes share. Until it is cancelled.</summary>
    public async Task RunOneByOneAsync(RawWork work, CancellationToken ct)
    {
        var inbox = link.Subjects.Inbox(Guid.NewGuid().ToString("N"));
        var arriving = await link.Connection.SubscribeCoreAsync<byte[]>(inbox, cancellationToken: ct).ConfigureAwait(false);
        await using (arriving.ConfigureAwait(false))
        {
            while (true)
            {
                await link.PullAsync(work.Stream, work.Queues[0], 1, Patience, inbox, ct).ConfigureAwait(false);
                await TakeAsync(arriving, ct).ConfigureAwait(false);
                await link.Connection.PublishAsync(streams.Arrivals, time.GetTimestamp(), cancellationToken: ct).ConfigureAwait(false);
                await RecordAsync(pulls: null, withResults: false, ct).ConfigureAwait(false);
                await link.ConfirmAsync(_batch[0].ReplyTo!, "+ACK", ct).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Everything that has arrived, at least one job.</summary>
    private async ValueTask TakeAsync(INatsSub<byte[]> arriving, CancellationToken ct)
    {
        _batch.Clear();
        _ = await arriving.Msgs.WaitToReadAsync(ct).AsTask().WaitAsync(Patience, time, ct).ConfigureAwait(false);
        while (_batch.Count < Outcomes.Most && arriving.Msgs.TryRead(out var job))
        {
            _batch.Add(job.Headers is { Code: 0 } ? job : throw new InvalidOperationException($"The raw engine ended a pull: {job.Headers?.Code} {job.Headers?.MessageText}"));
        }
    }

    private async ValueTask RecordAsync(Dictionary<string, Pulls>? pulls, bool withResults, CancellationToken ct)
    {
        var (now, ended) = (time.GetUtcNow().ToUnixTimeMilliseconds(), new Outcome[_batch.Count]);
        for (var i = 0; i < ended.Length; i++)
        {
            var job = _batch[i];
            var (id, claim) = (job.Subject[(job.Subject.LastIndexOf('.') + 1)..], AckSubject.Parse(job.ReplyTo!));
            if (pulls is not null)
            {
                pulls[claim.Consumer].Taken++;
            }

            ended[i] = new()
            {
                Id = id,
                Queue = BenchPlace.Queue,
                Type = job.Headers![Header.Type].ToString(),
                Priority = 1,
                Attempts = claim.Deliveries,
                EnqueuedAt = claim.StoredAt.ToUnixTimeMilliseconds(),
                StartedAt = now,
                EndedAt = now,
            };
            if (withResults)
            {
                // Kept once, and only the first: nothing has been said under its subject before.
                var headers = new NatsHeaders
                {
                    [Header.MessageId] = string.Create(CultureInfo.InvariantCulture, $"{id}:{claim.Sequence}"),
                    [Header.ExpectedSequence] = "0",
                };
                await results.SendAsync(streams.Result(id), Result, headers, ct).ConfigureAwait(false);
            }
        }

        if (withResults)
        {
            await results.FlushAsync(ct).ConfigureAwait(false);
        }

        _ = await link.PublishAsync(streams.Endings, new Outcomes { Jobs = ended }.ToBytes(), [], ct).ConfigureAwait(false);
    }

    /// <summary>What was asked of a consumer, and what came.</summary>
    private sealed class Pulls(string consumer, int jobs)
    {
        private int _asked;

        public string Consumer => consumer;

        public int Taken { get; set; }

        /// <summary>How many to ask for now; 0: enough are asked for.</summary>
        public int Next()
        {
            var most = _asked - Taken <= Batch ? Math.Min(Batch, jobs - _asked) : 0;
            _asked += most;
            return most;
        }
    }
}
