using Naq.Nats.Server;
using Naq.Nats.Wire;

namespace Naq.Nats.Records;

/// <summary>The jobs of a stream from the newest id to the oldest, read backwards in growing windows.</summary>
/// <remarks>
/// An id holds the time it was made, and no message of a job is older than its id. So all ids younger than the first message of what
/// was read have been seen: they can be given out, in order, though a retried job's message stands far behind its id.
/// </remarks>
internal sealed class StreamWalk(Link link, string stream, string filter)
{
    private const ulong FirstWindow = 256;
    private const ulong LargestWindow = 8192;

    /// <summary>A producer's clock may be ahead of the server's by so much without a job being passed over.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(1);

    public async IAsyncEnumerable<Stored> ReadAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        var state = (await link.InfoAsync(stream, ct).ConfigureAwait(false)).State;
        var seen = new SortedDictionary<JobId, Stored>(Comparer<JobId>.Create(static (a, b) => b.Value.CompareTo(a.Value)));
        var (first, end, window) = (Math.Max(1, state.FirstSeq), state.LastSeq + 1, FirstWindow);
        while (end > first)
        {
            var start = Math.Max(first, end > window ? end - window : 1);
            var oldest = await ReadAsync(seen, start, end, ct).ConfigureAwait(false);
            (end, window) = (start, Math.Min(window * 2, LargestWindow));
            if (end <= first)
            {
                break;
            }

            if (oldest is { } bound)
            {
                while (seen.Count > 0 && seen.First() is var (id, newest) && TimeOf(id) > bound + Skew)
                {
                    _ = seen.Remove(id);
                    yield return newest;
                }
            }
        }

        foreach (var rest in seen.Values)
        {
            yield return rest;
        }
    }

    /// <summary>When an id was made: a UUID of version 7 begins with milliseconds since 1970 (RFC 9562).</summary>
    private static DateTimeOffset TimeOf(JobId id) =>
        DateTimeOffset.FromUnixTimeMilliseconds(Convert.ToInt64(id.ToString()[..12], 16));

    /// <summary>Reads one window. The answer: the time of its first message; null: it had none.</summary>
    private async ValueTask<DateTimeOffset?> ReadAsync(SortedDictionary<JobId, Stored> into, ulong start, ulong end, CancellationToken ct)
    {
        DateTimeOffset? oldest = null;
        for (var next = start; next < end;)
        {
            var page = await link.ReadAsync(stream, filter, next, 1000, ct).ConfigureAwait(false);
            if (page.Count == 0)
            {
                break;
            }

            foreach (var message in page.TakeWhile(message => message.Sequence < end))
            {
                oldest = oldest < message.StoredAt ? oldest : message.StoredAt;
                if (Subjects.IdOf(message.Subject) is { } id)
                {
                    _ = into.TryAdd(id, message);
                }
            }

            next = page[^1].Sequence + 1;
        }

        return oldest;
    }
}
