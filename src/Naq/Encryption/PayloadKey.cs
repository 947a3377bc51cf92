using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Naq.Encryption;

/// <summary>A key with the ciphers that were made of it: to make one takes longer than to encrypt a small payload. Safe for concurrent use.</summary>
internal sealed class PayloadKey(byte[] key)
{
    public const int NonceBytes = 12;
    public const int TagBytes = 16;

    private const int MostOnStack = 256;

    // As many as threads have used it at once.
    private readonly ConcurrentBag<Cipher> _idle = [];

    /// <summary>Encrypts <paramref name="plain"/> into <paramref name="data"/>: nonce, encrypted, tag.</summary>
    public void Seal(ReadOnlySpan<byte> plain, Span<byte> data, JobId id, string type)
    {
        var length = AssociatedBytes(type);
        var job = length <= MostOnStack ? stackalloc byte[length] : new byte[length];
        WriteAssociated(job, id, type);
        var cipher = Take();
        cipher.NextNonce(data[..NonceBytes]);
        cipher.Aes.Encrypt(data[..NonceBytes], plain, data.Slice(NonceBytes, plain.Length), data[(NonceBytes + plain.Length)..], job);
        _idle.Add(cipher);
    }

    /// <summary>Decrypts what <see cref="Seal"/> wrote; false: it was changed, or is another job's, or the key is another.</summary>
    public bool TryOpen(ReadOnlySpan<byte> data, Span<byte> plain, JobId id, string type)
    {
        var length = AssociatedBytes(type);
        var job = length <= MostOnStack ? stackalloc byte[length] : new byte[length];
        WriteAssociated(job, id, type);
        var cipher = Take();
        try
        {
            cipher.Aes.Decrypt(data[..NonceBytes], data[NonceBytes..^TagBytes], data[^TagBytes..], plain, job);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
        finally
        {
            _idle.Add(cipher);
        }
    }

    private static ReadOnlySpan<byte> Context => "naq.enc.1\n"u8;

    private static int AssociatedBytes(string type) => Context.Length + JobId.TextLength + 1 + Encoding.UTF8.GetByteCount(type);

    /// <summary>Binds a payload to its job: copied under another id or type it does not open.</summary>
    private static void WriteAssociated(Span<byte> into, JobId id, string type)
    {
        Context.CopyTo(into);
        into = into[Context.Length..];
        _ = id.Value.TryFormat(into, out _, "N");
        into[JobId.TextLength] = (byte)'\n';
        _ = Encoding.UTF8.GetBytes(type, into[(JobId.TextLength + 1)..]);
    }

    private Cipher Take() => _idle.TryTake(out var cipher) ? cipher : new(new(key, TagBytes));

    /// <summary>A cipher in the hands of one thread, with random bytes in store: the system takes longer to give twelve than all the rest of a small payload.</summary>
    private sealed class Cipher(AesGcm aes)
    {
        private readonly byte[] _random = new byte[64 * NonceBytes];
        private int _left;

        public AesGcm Aes { get; } = aes;

        /// <summary>A nonce that no other payload gets.</summary>
        public void NextNonce(Span<byte> nonce)
        {
            if (_left == 0)
            {
                RandomNumberGenerator.Fill(_random);
                _left = _random.Length;
            }

            _left -= NonceBytes;
            _random.AsSpan(_left, NonceBytes).CopyTo(nonce);
        }
    }
}
