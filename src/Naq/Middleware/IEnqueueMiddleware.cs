namespace Naq;

/// <summary>A job on its way into the broker, as enqueue middleware sees it: checked and written as JSON, not stored yet.</summary>
public sealed class EnqueueingJob
{
    /// <summary>Its id, the same for good.</summary>
    public required JobId Id { get; init; }

    /// <summary>Its type's name.</summary>
    public required string Type { get; init; }

    /// <summary>Its queue.</summary>
    public required string Queue { get; init; }

    /// <summary>Its class.</summary>
    public JobPriority Priority { get; init; } = JobPriority.Normal;

    /// <summary>Not to be run before this wall time; null: at once.</summary>
    public DateTimeOffset? RunAt { get; init; }

    /// <summary>What is stored: JSON of at most 256 KiB and 64 levels, also after a change.</summary>
    public required ReadOnlyMemory<byte> Payload { get; set; }

    /// <summary>What travels beside the payload.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; internal set; } = JobHeaders.None;

    /// <summary>Sets a header, or removes it where <paramref name="value"/> is null. What is too much is refused when all middleware has run: see <see cref="EnqueueOptions.Headers"/>.</summary>
    public void SetHeader(string name, string? value)
    {
        ArgumentNullException.ThrowIfNull(name);
        var headers = new Dictionary<string, string>(Headers, StringComparer.Ordinal);
        if (value is null)
        {
            _ = headers.Remove(name);
        }
        else
        {
            headers[name] = value;
        }

        Headers = headers;
    }
}

/// <summary>Sees every job of this program before it is stored, and may change its payload and its headers.</summary>
/// <remarks>One instance a program, called concurrently, in the order of registration. A throw refuses the enqueue: nothing of the same write is stored.</remarks>
public interface IEnqueueMiddleware
{
    /// <summary>Prepares a job. An enqueue that is repeated prepares it again.</summary>
    ValueTask PrepareAsync(EnqueueingJob job, CancellationToken ct);
}
