namespace Naq.Encryption;

/// <summary>Stands between a program and its broker: what goes in is encrypted after all else has seen it, what comes out decrypted before anything else does.</summary>
/// <param name="keys">The program's; null: it encrypts nothing, and cannot open what others have encrypted.</param>
/// <param name="isRequired">Whether payloads that came unencrypted are refused.</param>
internal sealed class PayloadEncryption(EncryptionKeys? keys, bool isRequired)
{
    /// <summary>A worker that has the key may come by: as long as for a job without a handler, doubled each time.</summary>
    private static readonly TimeSpan UnknownKeyDelay = TimeSpan.FromSeconds(30);

    private readonly string _firstId = keys?.First ?? "";
    private readonly PayloadKey? _first = keys?.Find(keys.First);

    /// <summary>Of a program without keys.</summary>
    public static PayloadEncryption WithoutKeys { get; } = new(null, isRequired: false);

    /// <summary>A job's payload as the broker gets it.</summary>
    /// <exception cref="InvalidOperationException">There are no keys.</exception>
    public byte[] Seal(JobId id, string type, ReadOnlyMemory<byte> payload) =>
        Sealed.Seal(payload.Span, _firstId, _first ?? throw new InvalidOperationException("There is no key to encrypt with."), id, type);

    /// <summary>The plain payload of a job, or what stands in the way.</summary>
    public Opened Open(JobId id, string type, ReadOnlyMemory<byte> payload)
    {
        if (!Sealed.IsSealed(payload.Span))
        {
            return isRequired ? new() { Fault = "the payload is not encrypted, and this worker requires it" } : new() { Payload = payload };
        }

        if (Sealed.Read(payload, _firstId) is not { } envelope)
        {
            return new() { Fault = "the encrypted payload is damaged, or written by another version of Naq" };
        }

        if (keys?.Find(envelope.KeyId) is not { } key)
        {
            return new() { UnknownKey = envelope.KeyId };
        }

        return envelope.TryOpen(key, id, type, out var plain)
            ? new() { Payload = plain }
            : new() { Fault = $"the payload does not open with the key '{envelope.KeyId}': it was changed, or is another job's" };
    }

    /// <summary>How an attempt ends whose payload was not opened; null: it was.</summary>
    public JobOutcome? Refusal(in Opened opened, int attempt)
    {
        if (opened.UnknownKey is { } key)
        {
            return JobOutcome.Retry(
                UnknownKeyDelay * Math.Pow(2, Math.Min(attempt - 1, 6)),
                $"encrypted with the key '{key}', which this worker does not have; it has {(keys is null ? "none" : string.Join(", ", keys.Ids))}");
        }

        return opened.Fault is { } fault ? JobOutcome.Discard(fault) : null;
    }

    /// <summary>What opening came to: a payload, or one of the others.</summary>
    internal readonly record struct Opened
    {
        public ReadOnlyMemory<byte> Payload { get; init; }

        public string? UnknownKey { get; init; }

        public string? Fault { get; init; }
    }
}
