using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Naq.Encryption;

/// <summary>The cipher of .NET: the operating system's own.</summary>
[SuppressMessage("Design", "CA1001", Justification = "It lives as long as the program, as do its threads.")]
internal sealed class SystemCipher(byte[] key) : IPayloadCipher
{
    private const int TagBytes = PayloadKey.TagBytes;

    // To make one takes longer than to encrypt a small payload. One a thread: nobody waits for another, and nothing is handed back.
    private readonly ThreadLocal<AesGcm> _aes = new(() => new(key, TagBytes));

    public void Encrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> associated, Span<byte> data) =>
        _aes.Value!.Encrypt(nonce, plain, data[..^TagBytes], data[^TagBytes..], associated);

    public bool TryDecrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> data, ReadOnlySpan<byte> associated, Span<byte> plain)
    {
        try
        {
            _aes.Value!.Decrypt(nonce, data[..^TagBytes], data[^TagBytes..], plain, associated);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }
}
