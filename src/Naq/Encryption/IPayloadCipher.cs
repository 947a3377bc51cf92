namespace Naq.Encryption;

/// <summary>AES-256-GCM with one key, with nonces of 12 bytes and tags of 16. Whoever implements it writes the same bytes. Safe for concurrent use.</summary>
internal interface IPayloadCipher
{
    /// <summary>Encrypts <paramref name="plain"/> into <paramref name="data"/>: as many bytes, and the tag.</summary>
    void Encrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> associated, Span<byte> data);

    /// <summary>Decrypts what <see cref="Encrypt"/> wrote; false: it, its nonce, what is associated with it or the key is another.</summary>
    bool TryDecrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> data, ReadOnlySpan<byte> associated, Span<byte> plain);
}
