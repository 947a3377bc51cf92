using System.Globalization;
using NATS.Client.Core;
using Naq.Brokers;
using Naq.Nats.Queues;
using Naq.Nats.Server;
using Naq.Nats.Wire;

namespace Naq.Nats.Claims;

/// <summary>Stores new jobs: one publish each, many on their way at once. What a flight of them leaves in doubt, or the server refuses, is gone on with one by one.</summary>
internal sealed class Enqueuer(Link link, QueueList queues, QueueReport report, Settler settler)
{
    /// <summary>So many publishes are on their way at most.</summary>
    public const int Window = 512;

    /// <summary>How often an enqueue in doubt is repeated, under the same id.</summary>
    private const int Tries = 3;

    private long? _lookedAt;
    private volatile bool _isFull;

    public async ValueTask<EnqueueResult[]> EnqueueAsync(IReadOnlyList<NewJob> jobs, CancellationToken ct)
    {
        if (await IsFullAsync(ct).ConfigureAwait(false))
        {
            return [.. jobs.Select(static job => new EnqueueResult(job.Id, EnqueueStatus.DiskFull))];
        }

        // As most calls are: what follows is for many, and takes longer than all else before the publish where the processor has just slept.
        if (jobs is [var lone] && queues.All.GetValueOrDefault(lone.Queue)?.MaxLength is null)
        {
            return [await EnqueueAsync(lone, wasInDoubt: false, ct).ConfigureAwait(false)];
        }

        var room = await RoomAsync(jobs, ct).ConfigureAwait(false);
        var results = new EnqueueResult[jobs.Count];
        var (together, alone) = (new List<int>(jobs.Count), new List<(int Index, bool WasInDoubt)>());
        for (var i = 0; i < results.Length; i++)
        {
            if (!TryTakeRoom(jobs[i].Queue, room))
            {
                results[i] = new(jobs[i].Id, EnqueueStatus.QueueFull);
            }
            else if (jobs.Count > 1 && jobs[i].Unique?.Period is null)
            {
                together.Add(i);
            }
            else
            {
                alone.Add((i, false));
            }
        }

        var answers = await PublishAsync(together, jobs, ct).ConfigureAwait(false);
        for (var i = 0; i < answers.Length; i++)
        {
            var index = together[i];
            if (answers[i] is Answer.Stored or Answer.Duplicate)
            {
                results[index] = new(jobs[index].Id, answers[i] == Answer.Stored ? EnqueueStatus.Accepted : EnqueueStatus.Duplicate);
            }
            else
            {
                alone.Add((index, answers[i] == Answer.None));
            }
        }

        foreach (var window in alone.Chunk(Window))
        {
            await Task.WhenAll(window.Select(async one => results[one.Index] = await EnqueueAsync(jobs[one.Index], one.WasInDoubt, ct).ConfigureAwait(false))).ConfigureAwait(false);
        }

        return results;
    }

    /// <summary>Publishes some of the jobs in one flight, and says what came of each.</summary>
    private async ValueTask<Answer[]> PublishAsync(List<int> some, IReadOnlyList<NewJob> jobs, CancellationToken ct)
    {
        var answers = new Answer[some.Count];
        if (answers.Length == 0)
        {
            return answers;
        }

        var kept = new Dictionary<(string Queue, Stage Stage, char Lane), Address>();
        try
        {
            await (await link.PipelineAsync(ct).ConfigureAwait(false)).PublishAsync(ComposeAsync, answers, Window, ct).ConfigureAwait(false);
        }
        catch (Exception lost) when (Failures.IsOperational(lost, ct))
        {
            // What was not answered is in doubt.
            return answers;
        }

        try
        {
            foreach (var address in kept.Values)
            {
                // The queue may have been deleted while this was on its way; nothing to do where it was not.
                await settler.EnsureAsync(address, ct).ConfigureAwait(false);
                await settler.HintAsync(address, ct).ConfigureAwait(false);
            }
        }
        catch (Exception lost) when (Failures.IsOperational(lost, ct))
        {
            // Published again one by one, under the same ids, until there is a consumer.
            Array.Clear(answers);
        }

        return answers;

        async ValueTask<Outgoing> ComposeAsync(int i)
        {
            var job = jobs[some[i]];
            var (message, address) = settler.Compose(Envelope.Of(job), job.RunAt, job.Id.ToString(), 0);
            if (kept.TryAdd((address.Queue, address.Stage, address.Lane), address))
            {
                await settler.EnsureAsync(address, ct).ConfigureAwait(false);
            }

            return message;
        }
    }

    private static bool TryTakeRoom(string queue, Dictionary<string, long> room)
    {
        if (!room.TryGetValue(queue, out var left))
        {
            return true;
        }

        room[queue] = Math.Max(0, left - 1);
        return left > 0;
    }

    /// <summary>Whether the jobs have reached their bound in bytes, as seen within the last second.</summary>
    private async ValueTask<bool> IsFullAsync(CancellationToken ct)
    {
        if (link.Options.MaxBytes is not { } bound)
        {
            return false;
        }

        if (_lookedAt is not { } looked || link.Time.GetElapsedTime(looked) > TimeSpan.FromSeconds(1))
        {
            _lookedAt = link.Time.GetTimestamp();
            _isFull = (await link.InfoAsync(link.JobsStream, ct).ConfigureAwait(false)).State.Bytes >= bound;
        }

        return _isFull;
    }

    /// <summary>How many jobs each bounded queue still takes. Two producers may exceed a bound together by what they enqueue at the same moment.</summary>
    private async ValueTask<Dictionary<string, long>> RoomAsync(IReadOnlyList<NewJob> jobs, CancellationToken ct)
    {
        var room = new Dictionary<string, long>(StringComparer.Ordinal);
        List<string> bounded = [.. jobs.Select(static job => job.Queue).Distinct(StringComparer.Ordinal).Where(queue => queues.All.GetValueOrDefault(queue)?.MaxLength is not null)];
        if (bounded.Count > 0)
        {
            foreach (var counts in await report.ReadAsync(bounded, ct).ConfigureAwait(false))
            {
                room[counts.Queue] = Math.Max(0, (counts.MaxLength ?? long.MaxValue) - counts.Ready - counts.Scheduled);
            }
        }

        return room;
    }

    private async Task<EnqueueResult> EnqueueAsync(NewJob job, bool wasInDoubt, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await PublishAsync(job, wasInDoubt, ct).ConfigureAwait(false);
            }
            catch (NoRoomException)
            {
                return new(job.Id, EnqueueStatus.DiskFull);
            }
            catch (Exception lost) when (Failures.IsOperational(lost, ct))
            {
                if (attempt == Tries)
                {
                    throw;
                }

                wasInDoubt = true;
                await Task.Delay(TimeSpan.FromMilliseconds(200 * attempt), link.Time, ct).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask<EnqueueResult> PublishAsync(NewJob job, bool wasInDoubt, CancellationToken ct)
    {
        var envelope = Envelope.Of(job);
        for (ulong expected = 0; ;)
        {
            if (job.Unique is { Period: { } period })
            {
                if (await KeepKeyAsync(envelope, period, expected, ct).ConfigureAwait(false) is { } sequence)
                {
                    expected = sequence;
                }
                else if (await HolderAsync(envelope.Address.KeyHash!, ct).ConfigureAwait(false) is var (holder, isOver))
                {
                    if (!isOver && holder.Id != job.Id)
                    {
                        return new(holder.Id, EnqueueStatus.Duplicate);
                    }

                    expected = holder.Sequence;
                    if (isOver)
                    {
                        continue;
                    }
                }
                else
                {
                    continue;
                }
            }

            if (await settler.TryPublishAsync(envelope, job.RunAt, job.Id.ToString(), expected, ct).ConfigureAwait(false) is { } answer)
            {
                return new(job.Id, answer.Duplicate && !wasInDoubt ? EnqueueStatus.Duplicate : EnqueueStatus.Accepted);
            }

            // Refused, and its holder gone since: then it is free again.
            if (await HolderAsync(envelope.Address.KeyHash!, ct).ConfigureAwait(false) is var (found, isFree))
            {
                if (!isFree)
                {
                    return new(found.Id, found.Id == job.Id && wasInDoubt ? EnqueueStatus.Accepted : EnqueueStatus.Duplicate);
                }

                expected = found.Sequence;
            }
        }
    }

    /// <summary>Who holds a key, and whether that is only a period that has ended. Null: nobody.</summary>
    public async ValueTask<((JobId Id, ulong Sequence) Holder, bool IsOver)?> HolderAsync(string hash, CancellationToken ct)
    {
        if (await link.LastAsync(link.JobsStream, link.Subjects.WithKey(hash), ct).ConfigureAwait(false) is not { } stored)
        {
            return null;
        }

        var address = Subjects.Parse(stored.Subject);
        var isOver = address.Stage == Stage.Key && Envelope.Time(stored.Headers, Header.Until) <= link.Clock.UtcNow;
        return ((address.Id, stored.Sequence), isOver);
    }

    /// <summary>A key with a period is kept by a message of its own, in the same place as the job's: one expectation covers both.</summary>
    private async ValueTask<ulong?> KeepKeyAsync(Envelope job, TimeSpan period, ulong expected, CancellationToken ct)
    {
        var headers = new NatsHeaders
        {
            [Header.TimeToLive] = ((long)Math.Max(1, Math.Ceiling(period.TotalSeconds))).ToString(CultureInfo.InvariantCulture),
            [Header.Until] = Envelope.Ms(link.Clock.UtcNow + period),
            [Header.ExpectedSequence] = Subjects.Sequence(expected),
            [Header.ExpectedSubject] = link.Subjects.WithKey(job.Address.KeyHash!),
        };
        var subject = link.Subjects.Of(job.Address with { Stage = Stage.Key });
        return (await link.TryPublishAsync(subject, [], headers, ct).ConfigureAwait(false))?.Seq;
    }
}
