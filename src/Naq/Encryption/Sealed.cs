using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Naq.Encryption;

/// <summary>The envelope of an encrypted payload: <c>{"$enc":{"v":1,"k":"key id","d":"base64"}}</c>, written once and read for good.</summary>
/// <param name="KeyId">The key that it was encrypted with.</param>
/// <param name="Data">Version 1: 12 bytes nonce, the encrypted JSON, 16 bytes tag; AES-256-GCM over the job's id and type as associated data.</param>
internal readonly record struct Sealed(string KeyId, byte[] Data)
{
    private const int Version = 1;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private static ReadOnlySpan<byte> Marker => "$enc"u8;

    /// <summary>Whether a payload is an envelope, of whatever version; its first member says so.</summary>
    public static bool IsSealed(ReadOnlySpan<byte> payload)
    {
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
    public static Sealed? Read(ReadOnlyMemory<byte> payload)
    {
        using var document = Parse(payload);
        return document is not null && document.RootElement.TryGetProperty(Marker, out var envelope) && envelope.ValueKind == JsonValueKind.Object
            && envelope.TryGetProperty("v", out var version) && version.ValueKind == JsonValueKind.Number && version.TryGetInt32(out var number) && number == Version
            && envelope.TryGetProperty("k", out var key) && key.ValueKind == JsonValueKind.String && key.GetString() is { } id && Names.IsName(id)
            && envelope.TryGetProperty("d", out var data) && data.ValueKind == JsonValueKind.String && data.TryGetBytesFromBase64(out var bytes)
            && bytes.Length >= NonceBytes + TagBytes
            ? new(id, bytes)
            : null;
    }

    /// <summary>Encrypts a payload, and returns the envelope as JSON.</summary>
    public static byte[] Seal(ReadOnlySpan<byte> payload, string keyId, byte[] key, JobId id, string type)
    {
        var data = new byte[NonceBytes + payload.Length + TagBytes];
        var nonce = data.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using (var aes = new AesGcm(key, TagBytes))
        {
            aes.Encrypt(nonce, payload, data.AsSpan(NonceBytes, payload.Length), data.AsSpan(NonceBytes + payload.Length), AssociatedData(id, type));
        }

        var buffer = new ArrayBufferWriter<byte>(64 + keyId.Length + (data.Length * 4 / 3));
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteStartObject(Marker);
            writer.WriteNumber("v"u8, Version);
            writer.WriteString("k"u8, keyId);
            writer.WriteBase64String("d"u8, data);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Decrypts; null: it was changed, or is another job's, or the key is another with the same id.</summary>
    public byte[]? Open(byte[] key, JobId id, string type)
    {
        var payload = new byte[Data.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(key, TagBytes);
        try
        {
            aes.Decrypt(
                Data.AsSpan(0, NonceBytes), Data.AsSpan(NonceBytes, payload.Length), Data.AsSpan(NonceBytes + payload.Length), payload, AssociatedData(id, type));
            return payload;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
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

    /// <summary>Binds a payload to its job: copied under another id or type it does not open.</summary>
    private static byte[] AssociatedData(JobId id, string type) => Encoding.UTF8.GetBytes($"naq.enc.1\n{id}\n{type}");
}
