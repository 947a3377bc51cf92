using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Naq.Encryption;

/// <summary>The envelope of an encrypted payload: <c>{"$enc":{"v":1,"k":"key id","d":"base64"}}</c>, written once and read for good.</summary>
/// <param name="KeyId">The key that it was encrypted with.</param>
/// <param name="Data">Version 1: 12 bytes nonce, the encrypted JSON, 16 bytes tag; AES-256-GCM over the job's id and type as associated data.</param>
internal readonly record struct Sealed(string KeyId, Memory<byte> Data)
{
    private const int Version = 1;
    private const int OverheadBytes = PayloadKey.NonceBytes + PayloadKey.TagBytes;

    private static ReadOnlySpan<byte> Marker => "$enc"u8;

    // An envelope as it is written here: read by these first, since a JSON document costs more than to decrypt a small payload.
    private static ReadOnlySpan<byte> BeforeKey => "{\"$enc\":{\"v\":1,\"k\":\""u8;

    private static ReadOnlySpan<byte> BeforeData => "\",\"d\":\""u8;

    private static ReadOnlySpan<byte> AfterData => "\"}}"u8;

    /// <summary>Whether a payload is an envelope, of whatever version; its first member says so.</summary>
    public static bool IsSealed(ReadOnlySpan<byte> payload)
    {
        if (payload.StartsWith(BeforeKey))
        {
            return true;
        }

        try
        {
            var reader = new Utf8JsonReader(payload);
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && reader.Read()
                && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals(Marker);
        }
        catch (JsonException)
        {
            return false; // not JSON at all: whoever reads the job says so
        }
    }

    /// <summary>Reads an envelope; null: it is damaged, or of a version that this build does not know.</summary>
    /// <param name="payload">The envelope.</param>
    /// <param name="likelyKeyId">The id of a key that most envelopes name: where it stands there, no text is made of it.</param>
    public static Sealed? Read(ReadOnlyMemory<byte> payload, string likelyKeyId)
    {
        if (TryReadOwn(payload.Span, likelyKeyId, out var own))
        {
            return own;
        }

        using var document = Parse(payload);
        return document is not null && document.RootElement.TryGetProperty(Marker, out var envelope) && envelope.ValueKind == JsonValueKind.Object
            && envelope.TryGetProperty("v", out var version) && version.ValueKind == JsonValueKind.Number && version.TryGetInt32(out var number) && number == Version
            && envelope.TryGetProperty("k", out var key) && key.ValueKind == JsonValueKind.String && key.GetString() is { } id && Names.IsName(id)
            && envelope.TryGetProperty("d", out var data) && data.ValueKind == JsonValueKind.String && data.TryGetBytesFromBase64(out var bytes)
            && bytes.Length >= OverheadBytes
            ? new(id, bytes)
            : null;
    }

    /// <summary>Encrypts a payload, and returns the envelope as JSON.</summary>
    public static byte[] Seal(ReadOnlySpan<byte> payload, string keyId, PayloadKey key, JobId id, string type)
    {
        var length = payload.Length + OverheadBytes;
        var start = BeforeKey.Length + keyId.Length + BeforeData.Length;
        var envelope = new byte[start + Base64.GetMaxEncodedToUtf8Length(length) + AfterData.Length];
        BeforeKey.CopyTo(envelope);
        _ = Encoding.ASCII.GetBytes(keyId, envelope.AsSpan(BeforeKey.Length)); // a name: nothing in it needs an escape
        BeforeData.CopyTo(envelope.AsSpan(BeforeKey.Length + keyId.Length));
        var data = envelope.AsSpan(start, envelope.Length - start - AfterData.Length);
        key.Seal(payload, data[..length], id, type);
        _ = Base64.EncodeToUtf8InPlace(data, length, out _);
        AfterData.CopyTo(envelope.AsSpan(envelope.Length - AfterData.Length));
        return envelope;
    }

    /// <summary>Decrypts, in place: once. False: it was changed, or is another job's, or the key is another with the same id.</summary>
    public bool TryOpen(PayloadKey key, JobId id, string type, out ReadOnlyMemory<byte> payload)
    {
        var plain = Data.Slice(PayloadKey.NonceBytes, Data.Length - OverheadBytes);
        payload = plain;
        return key.TryOpen(Data.Span, plain.Span, id, type);
    }

    /// <summary>Reads an envelope that stands there byte for byte as <see cref="Seal"/> writes it; false: perhaps another way of writing the same.</summary>
    private static bool TryReadOwn(ReadOnlySpan<byte> payload, string likelyKeyId, out Sealed envelope)
    {
        envelope = default;
        if (!payload.StartsWith(BeforeKey) || !payload.EndsWith(AfterData))
        {
            return false;
        }

        var rest = payload[BeforeKey.Length..^AfterData.Length];
        var keyLength = rest.IndexOf((byte)'"');
        if (keyLength < 0 || !rest[keyLength..].StartsWith(BeforeData))
        {
            return false;
        }

        var text = rest[(keyLength + BeforeData.Length)..];
        var data = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        if (Base64.DecodeFromUtf8(text, data, out _, out var length) != OperationStatus.Done || length < OverheadBytes)
        {
            return false;
        }

        var keyId = Ascii.Equals(rest[..keyLength], likelyKeyId) ? likelyKeyId : Encoding.ASCII.GetString(rest[..keyLength]);
        envelope = new(keyId, data.AsMemory(0, length));
        return Names.IsName(keyId);
    }

    private static JsonDocument? Parse(ReadOnlyMemory<byte> payload)
    {
        try
        {
            return JsonDocument.Parse(payload);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
