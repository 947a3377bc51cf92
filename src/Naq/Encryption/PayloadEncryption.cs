namespace Naq.Encryption;

/// <summary>Encrypts payloads on their way into the broker and decrypts them before anything else of an attempt.</summary>
internal sealed class PayloadEncryption(EncryptionKeys keys, bool isRequired) : IEnqueueMiddleware, IRunMiddleware, INextToBroker
{
    /// <summary>A worker that has the key may come by: as long as for a job without a handler, doubled each time.</summary>
    private static readonly TimeSpan UnknownKeyDelay = TimeSpan.FromSeconds(30);

    public ValueTask PrepareAsync(EnqueueingJob job, CancellationToken ct)
    {
        job.Payload = Sealed.Seal(job.Payload.Span, keys.First, keys.Find(keys.First)!, job.Id, job.Type); // the first is one of them
        return ValueTask.CompletedTask;
    }

    public ValueTask<JobOutcome> RunAsync(RunningJob job, RunNext next, CancellationToken ct)
    {
        var context = job.Context;
        var opened = Open(context.Id, context.Type, job.Payload);
        if (opened.UnknownKey is { } key)
        {
            return new(JobOutcome.Retry(
                UnknownKeyDelay * Math.Pow(2, Math.Min(context.Attempt - 1, 6)),
                $"encrypted with the key '{key}', which this worker does not have; it has {string.Join(", ", keys.Ids)}"));
        }

        if (opened.Fault is { } fault)
        {
            return new(JobOutcome.Discard(fault));
        }

        job.Payload = opened.Payload;
        return next(ct);
    }

    /// <summary>The plain payload of a job, or what stands in the way.</summary>
    public Opened Open(JobId id, string type, ReadOnlyMemory<byte> payload)
    {
        if (!Sealed.IsSealed(payload.Span))
        {
            return isRequired ? new() { Fault = "the payload is not encrypted, and this worker requires it" } : new() { Payload = payload };
        }

        if (Sealed.Read(payload, keys.First) is not { } envelope)
        {
            return new() { Fault = "the encrypted payload is damaged, or written by a newer Naq" };
        }

        if (keys.Find(envelope.KeyId) is not { } key)
        {
            return new() { UnknownKey = envelope.KeyId };
        }

        return envelope.Open(key, id, type) is { } plain
            ? new() { Payload = plain }
            : new() { Fault = $"the payload does not open with the key '{envelope.KeyId}': it was changed, or is another job's" };
    }

    /// <summary>What opening came to: a payload, or one of the others.</summary>
    internal readonly record struct Opened
    {
        public ReadOnlyMemory<byte> Payload { get; init; }

        public string? UnknownKey { get; init; }

        public string? Fault { get; init; }
    }
}
