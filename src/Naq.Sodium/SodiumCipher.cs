using System.Diagnostics.CodeAnalysis;
using Naq.Encryption;
using NSec.Cryptography;

namespace Naq;

/// <summary>The cipher of libsodium: one call each way.</summary>
[SuppressMessage("Design", "CA1001", Justification = "It lives as long as the program.")]
internal sealed class SodiumCipher(byte[] key) : IPayloadCipher
{
    private readonly Key _key = Key.Import(AeadAlgorithm.Aes256Gcm, key, KeyBlobFormat.RawSymmetricKey);

    /// <summary>Whether it runs in this process.</summary>
    public static bool IsSupported
    {
        get
        {
            try
            {
                return Aes256Gcm.IsSupported;
            }
            catch (Exception error) when (error is PlatformNotSupportedException or InvalidOperationException)
            {
                return false; // no libsodium for this system, or the process has loaded another version of it
            }
        }
    }

    public void Encrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> associated, Span<byte> data) =>
        AeadAlgorithm.Aes256Gcm.Encrypt(_key, nonce, associated, plain, data);

    public bool TryDecrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> data, ReadOnlySpan<byte> associated, Span<byte> plain) =>
        AeadAlgorithm.Aes256Gcm.Decrypt(_key, nonce, associated, data, plain);
}
