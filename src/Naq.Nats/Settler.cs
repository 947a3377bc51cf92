using System.Globalization;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Naq.Brokers;

namespace Naq.Nats;

/// <summary>Ends claims: what lives on is published first, then the claim is acknowledged, so that a crash between never loses.</summary>
/// <remarks>Such a crash leaves two messages of one job; <see cref="IsSupersededAsync"/> tells the old one from the new.</remarks>
internal sealed class Settler(Session session)
{
    /// <summary>The server's schedules are up to 250 ms late: shorter delays are kept by the feed, to the millisecond.</summary>
    private static readonly TimeSpan ShortestSchedule = TimeSpan.FromSeconds(1);

    private static readonly AckOpts Confirmed = new() { DoubleAck = true };

    public async Task<SettleResult> SettleAsync(Settlement settlement, CancellationToken ct)
    {
        var claim = (NatsClaim)settlement.Lease.Handle;
        if (!claim.IsHeld(session.Time))
        {
            return SettleResult.LeaseLost;
        }

        if (!settlement.Result.IsEmpty)
        {
            throw new NotSupportedException("The NATS spike keeps no results yet.");
        }

        var livesOn = settlement.Kind switch
        {
            SettleKind.Succeed or SettleKind.Cancelled => true,
            SettleKind.Dead => await BuryAsync(claim, settlement, ct).ConfigureAwait(false),
            SettleKind.Retry or SettleKind.Snooze or SettleKind.HandBack => await PutBackAsync(claim, settlement, ct).ConfigureAwait(false),
        };
        if (!livesOn)
        {
            return SettleResult.LeaseLost;
        }

        await claim.Message.AckAsync(Confirmed, ct).ConfigureAwait(false);
        claim.End();
        return SettleResult.Settled;
    }

    /// <summary>Says whether a delivery is an old message of a job that has gone on since.</summary>
    public async ValueTask<bool> IsSupersededAsync(NatsClaim claim, CancellationToken ct)
    {
        if (claim.Deliveries == 1)
        {
            return false;
        }

        var id = claim.Envelope.Address.Id;
        var newest = await session.FindAsync(session.JobsStream, id, ct).ConfigureAwait(false);
        if (newest?.Sequence > claim.Sequence)
        {
            return true;
        }

        var dead = await session.FindAsync(session.DeadStream, id, ct).ConfigureAwait(false);
        return dead?.Headers[Header.ClaimedFrom].ToString() == claim.Sequence.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Publishes a job that is ready, or due later; null: its unique key is taken.</summary>
    /// <param name="job">The job; the stage of its address is chosen here.</param>
    /// <param name="due">Not before this time; null: now.</param>
    /// <param name="messageId">Published once under this id.</param>
    /// <param name="expected">The last sequence of the unique key: 0 for a new job, the claim's own for one that comes back.</param>
    /// <param name="ct">Gives up.</param>
    public ValueTask<PubAckResponse?> TryPublishAsync(
        Envelope job, DateTimeOffset? due, string messageId, ulong expected, CancellationToken ct)
    {
        var wait = due - session.Time.GetUtcNow();
        var isScheduled = wait >= ShortestSchedule;
        var stage = isScheduled ? Stage.Scheduled : Stage.Ready;
        job = job with
        {
            Address = job.Address with { Stage = stage },
            NotBefore = wait > TimeSpan.Zero ? due : null,
            MayBeEarly = wait > TimeSpan.Zero && !isScheduled,
        };
        var headers = job.Headers();
        headers[Header.MessageId] = messageId;
        if (isScheduled)
        {
            headers[Header.Schedule] = due!.Value.UtcDateTime.ToString("'@at 'yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
            headers[Header.ScheduleTarget] = session.Subjects.Of(job.Address with { Stage = Stage.Ready });
        }

        Expect(headers, job.Address.KeyHash, expected);
        return session.TryPublishAsync(session.Subjects.Of(job.Address), job.Payload, headers, ct);
    }

    private async ValueTask<bool> PutBackAsync(NatsClaim claim, Settlement settlement, CancellationToken ct)
    {
        var id = claim.Envelope.Address.Id;
        if (claim.IsCancelRequested || await session.IsCancelRequestedAsync(id, ct).ConfigureAwait(false))
        {
            return true;
        }

        // A hand-back is published anew, too: a negative acknowledgement would count as a delivery, and so as an interruption.
        var job = settlement.Kind == SettleKind.Retry
            ? Charged(claim, settlement)
            : claim.Envelope with { Interruptions = claim.Interruptions };
        DateTimeOffset? due = settlement.Kind == SettleKind.HandBack ? null : settlement.DueAt;
        return await TryPublishAsync(job, due, $"{id}:{claim.Fence}", claim.Sequence, ct).ConfigureAwait(false) is not null;
    }

    private async ValueTask<bool> BuryAsync(NatsClaim claim, Settlement settlement, CancellationToken ct)
    {
        var job = Charged(claim, settlement);
        var headers = job.Headers();
        headers[Header.MessageId] = $"{job.Address.Id}:{claim.Fence}";
        headers[Header.ClaimedFrom] = claim.Sequence.ToString(CultureInfo.InvariantCulture);
        headers[Header.DiedAt] = Envelope.Ms(session.Time.GetUtcNow());
        var subject = session.Subjects.Of(job.Address with { Stage = Stage.Dead });
        return await session.TryPublishAsync(subject, job.Payload, headers, ct).ConfigureAwait(false) is not null;
    }

    private static Envelope Charged(NatsClaim claim, Settlement settlement) => claim.Envelope with
    {
        Attempts = claim.Envelope.Attempts + 1,
        Interruptions = claim.Interruptions,
        Reason = settlement.Reason,
        Error = settlement.Error,
    };

    private void Expect(NatsHeaders headers, string? keyHash, ulong sequence)
    {
        if (keyHash is not null)
        {
            headers[Header.ExpectedSequence] = sequence.ToString(CultureInfo.InvariantCulture);
            headers[Header.ExpectedSubject] = session.Subjects.WithKey(keyHash);
        }
    }
}
