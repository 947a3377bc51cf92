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
    /// <summary>As much as a worker of Naq holds beyond its slots; two such pulls stand, so that the server never waits for one.</summary>
    private const int Batch = 256;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly byte[] Acknowledged = "+ACK"u8.ToArray();
    private static readonly byte[] Result = "{}"u8.ToArray();

    private readonly List<NatsMsg<byte[]>> _batch = new(Outcomes.Most);

    /// <summary>Takes and ends so many jobs.</summary>
    public async Task RunAsync(int jobs, bool withResults, CancellationToken ct)
    {
        var inbox = link.Subjects.Inbox(Guid.NewGuid().ToString("N"));
        var arriving = await link.Connection.SubscribeCoreAsync<byte[]>(inbox, cancellationToken: ct).ConfigureAwait(false);
        await using (arriving.ConfigureAwait(false))
        {
            var confirming = Task.CompletedTask;
            for (var (asked, taken) = (0, 0); taken < jobs;)
            {
                while (asked < jobs && asked - taken <= Batch)
                {
                    var most = Math.Min(Batch, jobs - asked);
                    await link.PullAsync(streams.Jobs, RawStreams.Consumer, most, Patience, inbox, ct).ConfigureAwait(false);
                    asked += most;
                }

                await TakeAsync(arriving, ct).ConfigureAwait(false);
                taken += _batch.Count;
                await RecordAsync(withResults, ct).ConfigureAwait(false);
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

    /// <summary>Takes and ends one job that was asked for. The answer: a stamp of its arrival.</summary>
    public async Task<long> RunOneAsync(INatsSub<byte[]> arriving, CancellationToken ct)
    {
        await TakeAsync(arriving, ct).ConfigureAwait(false);
        var arrived = time.GetTimestamp();
        await RecordAsync(withResults: false, ct).ConfigureAwait(false);
        await link.ConfirmAsync(_batch[0].ReplyTo!, "+ACK", ct).ConfigureAwait(false);
        return arrived;
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

    private async ValueTask RecordAsync(bool withResults, CancellationToken ct)
    {
        var (now, ended) = (time.GetUtcNow().ToUnixTimeMilliseconds(), new Outcome[_batch.Count]);
        for (var i = 0; i < ended.Length; i++)
        {
            var job = _batch[i];
            var (id, claim) = (job.Subject[(job.Subject.LastIndexOf('.') + 1)..], AckSubject.Parse(job.ReplyTo!));
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
}
