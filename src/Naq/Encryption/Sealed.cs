using System.Text;

namespace Naq.Encryption;

/// <summary>The envelope of an encrypted payload, in bytes: <c>C1</c>, the version, the length of the key's id, the id, and what <see cref="PayloadKey.Seal"/> writes.</summary>
/// <remarks>Neither JSON nor MessagePack begins with <c>C1</c>. JSON with base64 would be twice as long for a small payload and a third longer for a large one, and to store that costs about what it costs to encrypt.</remarks>
/// <param name="KeyId">The key that it was encrypted with.</param>
/// <param name="Data">Nonce, encrypted, tag.</param>
internal readonly record struct Sealed(string KeyId, ReadOnlyMemory<byte> Data)
{
    /// <summary>The version that is written, and read: a change gets a new one.</summary>
    public const byte Version = 2;

    private const byte Marker = 0xC1;
    private const int HeadBytes = 3;

    // Version 1, of builds before any release.
    private static ReadOnlySpan<byte> JsonMarker => "{\"$enc\":"u8;

    /// <summary>Whether a payload is an envelope, of whatever version.</summary>
    public static bool IsSealed(ReadOnlySpan<byte> payload) => payload is [Marker, ..] || payload.StartsWith(JsonMarker);

    /// <summary>Reads an envelope; null: it is damaged, or of a version that this build does not know.</summary>
    /// <param name="payload">The envelope.</param>
    /// <param name="likelyKeyId">The id of a key that most envelopes name: where it stands there, no text is made of it.</param>
    public static Sealed? Read(ReadOnlyMemory<byte> payload, string likelyKeyId)
    {
        if (payload.Span is not [Marker, Version, var length, .. var rest] || rest.Length < length + PayloadKey.OverheadBytes)
        {
            return null;
        }

        var keyId = Ascii.Equals(rest[..length], likelyKeyId) ? likelyKeyId : Encoding.ASCII.GetString(rest[..length]);
        return Names.IsName(keyId) ? new(keyId, payload[(HeadBytes + length)..]) : null;
    }

    /// <summary>Encrypts a payload, and returns the envelope.</summary>
    public static byte[] Seal(ReadOnlySpan<byte> payload, string keyId, PayloadKey key, JobId id, string type)
    {
        var envelope = new byte[HeadBytes + keyId.Length + PayloadKey.OverheadBytes + payload.Length];
        envelope[0] = Marker;
        envelope[1] = Version;
        envelope[2] = (byte)Encoding.ASCII.GetBytes(keyId, envelope.AsSpan(HeadBytes)); // a name: of 64 at most, all of them ASCII
        key.Seal(payload, envelope.AsSpan(HeadBytes + keyId.Length), id, type);
        return envelope;
    }

    /// <summary>Decrypts. False: it was changed, or is another job's, or the key is another with the same id.</summary>
    public bool TryOpen(PayloadKey key, JobId id, string type, out ReadOnlyMemory<byte> payload)
    {
        var plain = new byte[Data.Length - PayloadKey.OverheadBytes];
        payload = plain;
        return key.TryOpen(Data.Span, plain, id, type);
    }

    /// <summary>
    /// A payload as it is shown where JSON is expected: an envelope as <c>{"$enc":{"v":2,"k":"key id","d":"base64"}}</c>, one that cannot be read as
    /// <c>{"$enc":"base64"}</c> of all its bytes, anything else as it is.
    /// </summary>
    public static ReadOnlyMemory<byte> Show(ReadOnlyMemory<byte> payload) => payload.Span is not [Marker, ..]
        ? payload
        : Encoding.ASCII.GetBytes(Read(payload, "") is { } envelope
            ? $$$"""{"$enc":{"v":{{{Version}}},"k":"{{{envelope.KeyId}}}","d":"{{{Convert.ToBase64String(envelope.Data.Span)}}}"}}"""
            : $$$"""{"$enc":"{{{Convert.ToBase64String(payload.Span)}}}"}""");
}
