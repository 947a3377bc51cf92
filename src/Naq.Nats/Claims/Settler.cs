using System.Globalization;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using NATS.Client.JetStream.Models;
using Naq.Brokers;
using Naq.Nats.Queues;
using Naq.Nats.Records;
using Naq.Nats.Server;
using Naq.Nats.Wire;

namespace Naq.Nats.Claims;

/// <summary>Ends claims: what lives on is published first, then the claim is acknowledged, so that a crash between never loses.</summary>
/// <remarks>
/// Such a crash leaves two messages of one job; <see cref="IsOverAsync"/> tells the old one from the new. One flush costs one message for
/// all that succeeded, and one acknowledgement each, of which the last of every consumer is confirmed later (<see cref="ConfirmedAsync"/>).
/// </remarks>
internal sealed partial class Settler(Link link, QueueList queues, Counters counters, History history, ILogger log)
{
    /// <summary>The server's schedules are up to 250 ms late: shorter delays are kept by the feed, to the millisecond.</summary>
    private static readonly TimeSpan ShortestSchedule = TimeSpan.FromSeconds(1);

    private Task _confirming = Task.CompletedTask;

    public async ValueTask<SettleResult[]> SettleAsync(IReadOnlyList<Settlement> settlements, CancellationToken ct)
    {
        var answers = new SettleResult[settlements.Count];
        var open = new List<(int Index, NatsClaim Claim)>(settlements.Count);
        for (var i = 0; i < answers.Length; i++)
        {
            var claim = (NatsClaim)settlements[i].Lease.Handle;
            answers[i] = SettleResult.LeaseLost;
            if (claim.IsHeld(link.Time))
            {
                open.Add((i, claim));
            }
        }

        await KeepResultsAsync([.. open.Where(one => settlements[one.Index] is { Kind: SettleKind.Succeed, Result.IsEmpty: false })], settlements, ct).ConfigureAwait(false);
        var departures = await Task.WhenAll(open.Select(one => PublishAsync(one.Claim, settlements[one.Index], ct))).ConfigureAwait(false);
        List<Outcome> succeeded = [.. open.Where(one => settlements[one.Index].Kind == SettleKind.Succeed).Select(one => OutcomeOf(one.Claim, settlements[one.Index]))];
        var isRecorded = succeeded.Count == 0 || await history.TryWriteAsync(succeeded, ct).ConfigureAwait(false);

        var last = new Dictionary<(string Queue, char Lane), NatsClaim>();
        for (var i = 0; i < open.Count; i++)
        {
            if (departures[i] is not { } departure)
            {
                continue;
            }

            var (index, claim) = open[i];
            var consumer = (claim.Envelope.Address.Queue, claim.Envelope.Address.Lane);
            if (last.TryGetValue(consumer, out var before))
            {
                // First: where this fails, what follows is still held, and can be settled again.
                await link.AcknowledgeAsync(before.Reply, ct).ConfigureAwait(false);
            }

            last[consumer] = claim;
            answers[index] = SettleResult.Settled;
            claim.End();
            if (departure != HandedBack)
            {
                counters.Add(claim.Envelope.Address.Queue, departure, 1);
            }
        }

        if (last.Count > 0)
        {
            _confirming = Task.WhenAll([_confirming, .. last.Values.Select(ConfirmAsync)]);
        }

        if (!isRecorded)
        {
            // What has run is over all the same, and leaves room behind: a full disk must not make it run again.
            await ConfirmedAsync(ct).ConfigureAwait(false);
            if (!await history.TryWriteAsync(succeeded, ct).ConfigureAwait(false))
            {
                LogNotRecorded(succeeded.Count);
            }
        }

        return answers;
    }

    /// <summary>Waits until the server has taken every acknowledgement so far: what is read after it has no settled claim in it.</summary>
    public async ValueTask ConfirmedAsync(CancellationToken ct) => await _confirming.WaitAsync(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.None);

    /// <summary>Says whether a redelivered message is of a job that has gone on, or ended, since.</summary>
    public async ValueTask<bool> IsOverAsync(NatsClaim claim, CancellationToken ct)
    {
        var live = link.FindAsync(link.JobsStream, claim.Id, ct).AsTask();
        var dead = link.FindAsync(link.DeadStream, claim.Id, ct).AsTask();
        var cancelled = link.FindAsync(link.RecordStream, claim.Id, ct).AsTask();
        var result = link.LastAsync(link.RecordStream, link.Subjects.Result(claim.Id), ct).AsTask();
        var from = Subjects.Sequence(claim.Sequence);
        return (await live.ConfigureAwait(false))?.Sequence > claim.Sequence
            || (await dead.ConfigureAwait(false))?.Headers[Header.ClaimedFrom].ToString() == from
            || (await cancelled.ConfigureAwait(false))?.Headers[Header.ClaimedFrom].ToString() == from
            || (await result.ConfigureAwait(false))?.Headers[Header.ClaimedFrom].ToString() == from;
    }

    /// <summary>Publishes a job that is ready, or due later; null: its unique key is taken.</summary>
    /// <param name="job">The job; the stage of its address is chosen here.</param>
    /// <param name="due">Not before this time; null: now.</param>
    /// <param name="messageId">Published once under this id.</param>
    /// <param name="expected">The last sequence of the unique key: 0 for a new job, the claim's own for one that comes back.</param>
    /// <param name="ct">Gives up.</param>
    public async ValueTask<PubAckResponse?> TryPublishAsync(Envelope job, DateTimeOffset? due, string messageId, ulong expected, CancellationToken ct)
    {
        var (message, address) = Compose(job, due, messageId, expected);
        await EnsureAsync(address, ct).ConfigureAwait(false);
        var answer = await link.TryPublishAsync(message.Subject, message.Body, message.Headers, ct).ConfigureAwait(false);

        // The queue may have been deleted while this was on its way; nothing to do where it was not.
        await EnsureAsync(address, ct).ConfigureAwait(false);
        if (answer is not null)
        {
            await HintAsync(address, ct).ConfigureAwait(false);
        }

        return answer;
    }

    /// <summary>The message that <see cref="TryPublishAsync"/> publishes, and where: ready, or as a schedule.</summary>
    public (Outgoing Message, Address Address) Compose(Envelope job, DateTimeOffset? due, string messageId, ulong expected)
    {
        var wait = due - link.Time.GetUtcNow();
        var isScheduled = wait >= ShortestSchedule;
        if (due is not null || job is not { Address: { Stage: Stage.Ready, IsFired: false }, NotBefore: null, MayBeEarly: false })
        {
            job = job with
            {
                Address = job.Address with { Stage = isScheduled ? Stage.Scheduled : Stage.Ready, IsFired = false },
                NotBefore = wait > TimeSpan.Zero ? due : null,
                MayBeEarly = wait > TimeSpan.Zero && !isScheduled,
            };
        }

        var headers = job.Headers();
        headers[Header.MessageId] = messageId;
        if (isScheduled)
        {
            // The server's clock fires it, ours said when.
            var at = due!.Value.UtcDateTime + link.Clock.Offset;
            headers[Header.Schedule] = at.ToString("'@at 'yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
            headers[Header.ScheduleTarget] = link.Subjects.Of(job.Address with { Stage = Stage.Ready, IsFired = true });
        }

        Expect(headers, job.Address.KeyHash, expected);
        return (new(link.Subjects.Of(job.Address), job.Payload, headers), job.Address);
    }

    /// <summary>Tells whoever is idle that a lane has got a job. Who hears nothing of it finds the job with the next look.</summary>
    public ValueTask HintAsync(Address address, CancellationToken ct) =>
        address.Stage == Stage.Ready ? link.HintAsync(address.Queue, address.Lane, ct) : default;

    /// <summary>Makes the consumers that a message at this address needs; nothing to do after the first time.</summary>
    public async ValueTask EnsureAsync(Address address, CancellationToken ct)
    {
        if (address.Stage == Stage.Scheduled)
        {
            await queues.EnsureAsync(address.Queue, 's', ct).ConfigureAwait(false);
        }

        await queues.EnsureAsync(address.Queue, address.Lane, ct).ConfigureAwait(false);
    }

    /// <summary>Keeps what a running job says of itself, with what it said before.</summary>
    public async ValueTask ReportAsync(NatsClaim claim, Report report, CancellationToken ct)
    {
        claim.Report = report;
        _ = await link.PublishAsync(link.Subjects.Report(claim.Id), report.ToBytes(), [], ct).ConfigureAwait(false);
    }

    /// <summary>What a job has said of itself; null: nothing.</summary>
    public async ValueTask<Report?> FindReportAsync(JobId id, CancellationToken ct) =>
        await link.LastAsync(link.RecordStream, link.Subjects.Report(id), ct).ConfigureAwait(false) is { } kept ? Report.Read(kept.Body) : null;

    /// <summary>Moves a job that interrupted two workers into the lane of those that run alone.</summary>
    public async ValueTask SetApartAsync(NatsClaim claim, CancellationToken ct)
    {
        var job = claim.Envelope with
        {
            Address = claim.Envelope.Address with { Lane = Address.Alone },
            Interruptions = claim.Interruptions,
            IsReported = claim.Report is not null,
            ReadyAt = claim.Envelope.ReadyAt ?? claim.StoredAt,
        };
        _ = await TryPublishAsync(job, null, $"{claim.Id}:{claim.Fence}:alone", claim.Sequence, ct).ConfigureAwait(false);
        await link.ConfirmAsync(claim.Reply, "+ACK", ct).ConfigureAwait(false);
    }

    /// <summary>Ends a job that interrupted its worker while it ran alone.</summary>
    public async ValueTask ConvictAsync(NatsClaim claim, CancellationToken ct)
    {
        await queues.EnsureAsync(claim.Envelope.Address.Queue, 'd', ct).ConfigureAwait(false);
        var job = claim.Envelope with { Interruptions = claim.Interruptions, Reason = "poison", Error = null };
        _ = await KeepAsync(job, Stage.Dead, claim, null, ct).ConfigureAwait(false);
        await link.ConfirmAsync(claim.Reply, "+ACK", ct).ConfigureAwait(false);
        counters.Add(claim.Envelope.Address.Queue, Departure.Dead, 1);
    }

    /// <summary>Ends a claim as a cancelled job, held or not: its worker is gone, or obeyed.</summary>
    public async ValueTask CancelAsync(NatsClaim claim, CancellationToken ct)
    {
        _ = await KeepAsync(claim.Envelope with { Interruptions = claim.Interruptions }, Stage.Cancelled, claim, null, ct).ConfigureAwait(false);
        await link.ConfirmAsync(claim.Reply, "+ACK", ct).ConfigureAwait(false);
        counters.Add(claim.Envelope.Address.Queue, Departure.Cancelled, 1);
    }

    /// <summary>Keeps the message of a job that has ended: a dead letter, or a cancelled job.</summary>
    public ValueTask<PubAckResponse?> KeepAsync(Envelope job, Stage stage, NatsClaim? claim, DateTimeOffset? startedAt, CancellationToken ct)
    {
        job = job with
        {
            Address = job.Address with { Stage = stage, Lane = Address.LaneOf(job.Priority), IsFired = false },
            NotBefore = null,
            ReadyAt = null,
            MayBeEarly = false,
            IsReported = claim?.Report is not null || job.IsReported,
            StartedAt = startedAt ?? job.StartedAt,
            EndedAt = link.Time.GetUtcNow(),
        };
        var headers = job.Headers();
        if (claim is not null)
        {
            headers[Header.MessageId] = string.Create(CultureInfo.InvariantCulture, $"{claim.Id}:{claim.Fence}:{stage}");
            headers[Header.ClaimedFrom] = Subjects.Sequence(claim.Sequence);
        }

        return link.TryPublishAsync(link.Subjects.Of(job.Address), job.Payload, headers, ct);
    }

    public async ValueTask<bool> IsCancelRequestedAsync(JobId id, CancellationToken ct) =>
        await link.LastAsync(link.RecordStream, link.Subjects.Cancellation(id), ct).ConfigureAwait(false) is not null;

    private const char HandedBack = '-';

    /// <summary>What most settlements come to: a result at most, and a line of the history, which are kept beside.</summary>
    private static readonly Task<char?> Succeeded = Task.FromResult<char?>(Departure.Succeeded);

    /// <summary>Publishes what a settlement leaves behind. The answer: how the claim left its queue; null: the lease was lost to somebody else.</summary>
    private Task<char?> PublishAsync(NatsClaim claim, Settlement settlement, CancellationToken ct) =>
        settlement is { Kind: SettleKind.Succeed, Log: null } ? Succeeded : PublishRestAsync(claim, settlement, ct);

    private async Task<char?> PublishRestAsync(NatsClaim claim, Settlement settlement, CancellationToken ct)
    {
        var queue = claim.Envelope.Address.Queue;
        if (settlement.Log is { } log)
        {
            await ReportAsync(claim, (claim.Report ?? Report.None) with { Log = log }, ct).ConfigureAwait(false);
        }

        switch (settlement.Kind)
        {
            case SettleKind.Succeed:
                return Departure.Succeeded;
            case SettleKind.Dead:
                await queues.EnsureAsync(queue, 'd', ct).ConfigureAwait(false);
                _ = await KeepAsync(Charged(claim, settlement), Stage.Dead, claim, settlement.StartedAt, ct).ConfigureAwait(false);
                return Departure.Dead;
            case SettleKind.Retry or SettleKind.Snooze or SettleKind.HandBack:
                if (!claim.IsCancelRequested && !await IsCancelRequestedAsync(claim.Id, ct).ConfigureAwait(false))
                {
                    return await PutBackAsync(claim, settlement, ct).ConfigureAwait(false);
                }

                goto case SettleKind.Cancelled;
            case SettleKind.Cancelled:
                var job = claim.Envelope with { Interruptions = claim.Interruptions };
                _ = await KeepAsync(job, Stage.Cancelled, claim, settlement.StartedAt, ct).ConfigureAwait(false);
                return Departure.Cancelled;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>A hand-back is published anew, too: a negative acknowledgement would count as a delivery, and so as an interruption.</summary>
    private async Task<char?> PutBackAsync(NatsClaim claim, Settlement settlement, CancellationToken ct)
    {
        var isHandBack = settlement.Kind == SettleKind.HandBack;
        var job = settlement.Kind == SettleKind.Retry ? Charged(claim, settlement) : claim.Envelope with { Interruptions = claim.Interruptions };
        job = job with { ReadyAt = isHandBack ? claim.Envelope.ReadyAt ?? claim.Envelope.NotBefore ?? claim.StoredAt : null, StartedAt = settlement.StartedAt ?? job.StartedAt, IsReported = claim.Report is not null };
        DateTimeOffset? due = isHandBack ? null : settlement.DueAt;
        var messageId = string.Create(CultureInfo.InvariantCulture, $"{claim.Id}:{claim.Fence}");
        if (await TryPublishAsync(job, due, messageId, claim.Sequence, ct).ConfigureAwait(false) is null)
        {
            return null;
        }

        return settlement.Kind switch { SettleKind.Retry => Departure.Failed, SettleKind.Snooze => Departure.Snoozed, _ => HandedBack };
    }

    /// <summary>The first result of a claim's job is kept: whoever comes second ran it a second time. Many in one flight; what it leaves in doubt, or the server refuses, is gone on with one by one.</summary>
    private async ValueTask KeepResultsAsync(List<(int Index, NatsClaim Claim)> some, IReadOnlyList<Settlement> settlements, CancellationToken ct)
    {
        if (some.Count == 0)
        {
            return;
        }

        var answers = new Answer[some.Count];
        if (some.Count > 1)
        {
            try
            {
                var pipeline = await link.PipelineAsync(ct).ConfigureAwait(false);
                await pipeline.PublishAsync(i => new(ResultOf(some[i].Claim, settlements[some[i].Index])), answers, Enqueuer.Window, ct).ConfigureAwait(false);
            }
            catch (Exception lost) when (Failures.IsOperational(lost, ct))
            {
                // What was not answered is in doubt.
            }
        }

        await Task.WhenAll(some.Where((_, i) => answers[i] is Answer.None or Answer.Refused).Select(one => KeepAsync(ResultOf(one.Claim, settlements[one.Index])))).ConfigureAwait(false);

        async Task KeepAsync(Outgoing result) => _ = await link.TryPublishAsync(result.Subject, result.Body, result.Headers, ct).ConfigureAwait(false);
    }

    private Outgoing ResultOf(NatsClaim claim, Settlement settlement)
    {
        var headers = new NatsHeaders
        {
            [Header.MessageId] = string.Create(CultureInfo.InvariantCulture, $"{claim.Id}:{claim.Fence}:result"),
            [Header.Attempts] = (claim.Envelope.Attempts + 1).ToString(CultureInfo.InvariantCulture),
            [Header.ClaimedFrom] = Subjects.Sequence(claim.Sequence),
            [Header.ExpectedSequence] = "0",
        };
        if (settlement.ResultTtl is { } life)
        {
            headers[Header.TimeToLive] = ((long)Math.Max(1, Math.Ceiling(life.TotalSeconds))).ToString(CultureInfo.InvariantCulture);
            headers[Header.Until] = Envelope.Ms(link.Clock.UtcNow + life);
        }

        return new(link.Subjects.Result(claim.Id), settlement.Result.ToArray(), headers);
    }

    private Outcome OutcomeOf(NatsClaim claim, Settlement settlement) => new()
    {
        Id = claim.Id.ToString(),
        Queue = claim.Envelope.Address.Queue,
        Type = claim.Envelope.Type,
        Priority = (int)claim.Envelope.Priority,
        Attempts = claim.Envelope.Attempts + 1,
        Interruptions = claim.Interruptions,
        EnqueuedAt = claim.Envelope.EnqueuedAt.ToUnixTimeMilliseconds(),
        StartedAt = settlement.StartedAt?.ToUnixTimeMilliseconds(),
        EndedAt = link.Time.GetUtcNow().ToUnixTimeMilliseconds(),
        Tags = claim.Envelope.ReadSettings().Tags,
    };

    private static Envelope Charged(NatsClaim claim, Settlement settlement) => claim.Envelope with
    {
        Attempts = claim.Envelope.Attempts + 1,
        Interruptions = claim.Interruptions,
        Reason = settlement.Reason,
        Error = settlement.Error,
        StartedAt = settlement.StartedAt,
    };

    /// <summary>The connection may break between an outcome and its acknowledgement: it is sent again for as long as the lease could last.</summary>
    private async Task ConfirmAsync(NatsClaim claim)
    {
        for (var patience = 0; patience < 3; patience++)
        {
            try
            {
                await link.ConfirmAsync(claim.Reply, "+ACK", CancellationToken.None).ConfigureAwait(false);
                return;
            }
            catch (Exception error) when (error is NatsException or TimeoutException or OperationCanceledException)
            {
                await Task.Delay(link.Lease / 8, link.Time, CancellationToken.None).ConfigureAwait(false);
            }
            catch (ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Expect(NatsHeaders headers, string? keyHash, ulong sequence)
    {
        if (keyHash is not null)
        {
            headers[Header.ExpectedSequence] = Subjects.Sequence(sequence);
            headers[Header.ExpectedSubject] = link.Subjects.WithKey(keyHash);
        }
    }

    [LoggerMessage(2127, LogLevel.Warning, "There is no room on the server: {Count} jobs that succeeded are over, and not in the list of finished ones")]
    private partial void LogNotRecorded(int count);
}
