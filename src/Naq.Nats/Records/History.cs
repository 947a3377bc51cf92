using System.Globalization;
using NATS.Client.Core;
using Naq.Nats.Server;
using Naq.Nats.Wire;

namespace Naq.Nats.Records;

/// <summary>The jobs that succeeded: written as one message a flush of settlements, read as a projection of those messages.</summary>
/// <remarks>The projection is in memory, made from scratch when it is first asked for, brought up to the stream's end with every question, and bounded as the stream is.</remarks>
internal sealed class History(Link link) : IDisposable
{
    /// <summary>What one read asks for.</summary>
    private const int Batch = 500;

    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly SortedSet<Finished> _byId = new(Finished.ById);
    private readonly Queue<Finished> _byEnd = new();
    private readonly Dictionary<string, string> _words = new(StringComparer.Ordinal);
    private ulong _upTo;

    /// <summary>The sequence of the event stream that the projection has reached; exact up to there.</summary>
    public ulong UpTo => Volatile.Read(ref _upTo);

    /// <summary>Records successes. False: there was no room.</summary>
    public async ValueTask<bool> TryWriteAsync(IReadOnlyList<Outcome> succeeded, CancellationToken ct)
    {
        try
        {
            // The id makes a repetition of the same flush harmless.
            foreach (var part in succeeded.Chunk(Outcomes.Most))
            {
                var headers = new NatsHeaders { [Header.MessageId] = string.Create(CultureInfo.InvariantCulture, $"{part[0].Id}:{part[0].EndedAt}:{part.Length}") };
                _ = await link.PublishAsync(link.Subjects.Events, new Outcomes { Jobs = part }.ToBytes(), headers, ct).ConfigureAwait(false);
            }

            return true;
        }
        catch (NoRoomException)
        {
            return false;
        }
    }

    public async ValueTask ForgetAsync(JobId id, CancellationToken ct) =>
        _ = await link.PublishAsync(link.Subjects.Events, new Outcomes { Gone = [id.ToString()] }.ToBytes(), [], ct).ConfigureAwait(false);

    /// <summary>Brings the projection up to the end of the stream, and says how many messages it was behind.</summary>
    public async ValueTask<long> ReadOnAsync(CancellationToken ct)
    {
        await _reading.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            var before = _upTo;
            await CatchUpAsync(ct).ConfigureAwait(false);
            return (long)(_upTo - Math.Min(before, _upTo));
        }
        finally
        {
            _ = _reading.Release();
        }
    }

    /// <summary>A job that succeeded; null: none, or forgotten.</summary>
    public async ValueTask<JobSnapshot?> FindAsync(JobId id, CancellationToken ct)
    {
        await _reading.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            await CatchUpAsync(ct).ConfigureAwait(false);
            return _byId.TryGetValue(Finished.Probe(id), out var found) ? found.ToSnapshot() : null;
        }
        finally
        {
            _ = _reading.Release();
        }
    }

    /// <summary>The newest jobs by id that are older than <paramref name="before"/> and pass a filter.</summary>
    public async ValueTask<List<JobSnapshot>> ListAsync(JobId? before, Func<JobSnapshot, bool> filter, int limit, CancellationToken ct)
    {
        await _reading.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            await CatchUpAsync(ct).ConfigureAwait(false);
            if (_byId.Count == 0)
            {
                return [];
            }

            var view = before is { } bound ? _byId.GetViewBetween(_byId.Min!, Finished.Probe(bound)) : _byId;
            return [.. view.Reverse().Where(job => job.Id != before).Select(static job => job.ToSnapshot()).Where(filter).Take(limit)];
        }
        finally
        {
            _ = _reading.Release();
        }
    }

    public void Dispose() => _reading.Dispose();

    private async ValueTask CatchUpAsync(CancellationToken ct)
    {
        var state = (await link.InfoAsync(link.EventStream, ct).ConfigureAwait(false)).State;
        if (_upTo > state.LastSeq)
        {
            // The stream was made anew.
            (_upTo, _) = (0, _byId.RemoveWhere(static _ => true));
            _byEnd.Clear();
        }

        while (_upTo < state.LastSeq)
        {
            var messages = await link.ReadAsync(link.EventStream, link.Subjects.Events, Math.Max(_upTo + 1, state.FirstSeq), Batch, ct).ConfigureAwait(false);
            foreach (var message in messages)
            {
                Apply(Outcomes.Read(message.Body));
                Volatile.Write(ref _upTo, message.Sequence);
            }

            if (messages.Count == 0)
            {
                Volatile.Write(ref _upTo, state.LastSeq);
            }
        }
    }

    private void Apply(Outcomes outcomes)
    {
        foreach (var outcome in outcomes.Jobs)
        {
            if (!JobId.TryParse(outcome.Id, out var id))
            {
                continue;
            }

            var job = new Finished(id, Word(outcome.Queue), Word(outcome.Type), outcome);
            _ = _byId.Remove(job);
            _ = _byId.Add(job);
            _byEnd.Enqueue(job);
        }

        foreach (var gone in outcomes.Gone ?? [])
        {
            if (JobId.TryParse(gone, out var id))
            {
                _ = _byId.Remove(Finished.Probe(id));
            }
        }

        while (_byEnd.Count > link.Options.MaxFinished)
        {
            var oldest = _byEnd.Dequeue();
            if (_byId.TryGetValue(oldest, out var kept) && ReferenceEquals(kept, oldest))
            {
                _ = _byId.Remove(oldest);
            }
        }
    }

    /// <summary>One copy of each name: a million jobs have few queues and types.</summary>
    private string Word(string text)
    {
        if (!_words.TryGetValue(text, out var known))
        {
            _words[text] = known = text;
        }

        return known;
    }

    private sealed class Finished(JobId id, string queue, string type, Outcome? outcome)
    {
        private readonly int _attempts = outcome?.Attempts ?? 0;
        private readonly int _interruptions = outcome?.Interruptions ?? 0;
        private readonly byte _priority = (byte)(outcome?.Priority ?? 0);
        private readonly long _enqueuedAt = outcome?.EnqueuedAt ?? 0;
        private readonly long _startedAt = outcome?.StartedAt ?? 0;
        private readonly long _endedAt = outcome?.EndedAt ?? 0;
        private readonly IReadOnlyList<string> _tags = outcome?.Tags ?? [];

        public static IComparer<Finished> ById { get; } = Comparer<Finished>.Create(static (a, b) => a.Id.Value.CompareTo(b.Id.Value));

        public JobId Id { get; } = id;

        public static Finished Probe(JobId id) => new(id, "", "", null);

        public JobSnapshot ToSnapshot() => new(Id, queue, type, JobState.Succeeded)
        {
            Priority = (JobPriority)_priority,
            Attempts = _attempts,
            Interruptions = _interruptions,
            Tags = _tags,
            EnqueuedAt = DateTimeOffset.FromUnixTimeMilliseconds(_enqueuedAt),
            StartedAt = _startedAt == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(_startedAt),
            FinishedAt = DateTimeOffset.FromUnixTimeMilliseconds(_endedAt),
        };
    }
}
