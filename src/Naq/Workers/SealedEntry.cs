using Naq.Encryption;

namespace Naq.Workers;

/// <summary>A handler with its middleware, whose payloads may come encrypted: neither is asked before the payload was opened.</summary>
internal sealed class SealedEntry(HandlerEntry entry, PayloadEncryption encryption) : HandlerEntry
{
    public override string Type => entry.Type;

    public override RetryPolicy? Retry => entry.Retry;

    public override HandlerEntry Handler => entry.Handler;

    public override ValueTask<JobOutcome> RunAsync(IServiceProvider scope, ReadOnlyMemory<byte> payload, JobContext context, CancellationToken ct)
    {
        var opened = encryption.Open(context.Id, context.Type, payload);
        return encryption.Refusal(opened, context.Attempt) is { } refusal ? new(refusal) : entry.RunAsync(scope, opened.Payload, context, ct);
    }
}
