using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Naq.Encryption;

/// <summary>A key with the cipher that was made of it. Safe for concurrent use.</summary>
[SuppressMessage("Design", "CA1001", Justification = "It lives as long as the program, as do its threads.")]
internal sealed class PayloadKey(byte[] key, Func<byte[], IPayloadCipher> cipher)
{
    public const int TagBytes = 16;

    /// <summary>By how much an encrypted payload is longer.</summary>
    public const int OverheadBytes = NonceBytes + TagBytes;

    private const int NonceBytes = 12;
    private const int JobIdBytes = 16;
    private const int MostOnStack = 256;

    private readonly IPayloadCipher _cipher = cipher(key);
    private readonly ThreadLocal<Nonces> _nonces = new(static () => new());

    /// <summary>The same key with another cipher.</summary>
    public PayloadKey With(Func<byte[], IPayloadCipher> other) => new(key, other);

    /// <summary>Encrypts <paramref name="plain"/> into <paramref name="data"/>: nonce, encrypted, tag.</summary>
    public void Seal(ReadOnlySpan<byte> plain, Span<byte> data, JobId id, string type)
    {
        var length = AssociatedBytes(type);
        var job = length <= MostOnStack ? stackalloc byte[length] : new byte[length];
        WriteAssociated(job, id, type);
        _nonces.Value!.Next(data[..NonceBytes]);
        _cipher.Encrypt(data[..NonceBytes], plain, job, data[NonceBytes..]);
    }

    /// <summary>Decrypts what <see cref="Seal"/> wrote; false: it was changed, or is another job's, or the key is another.</summary>
    public bool TryOpen(ReadOnlySpan<byte> data, Span<byte> plain, JobId id, string type)
    {
        var length = AssociatedBytes(type);
        var job = length <= MostOnStack ? stackalloc byte[length] : new byte[length];
        WriteAssociated(job, id, type);
        return _cipher.TryDecrypt(data[..NonceBytes], data[NonceBytes..], job, plain);
    }

    private static int AssociatedBytes(string type) => 1 + JobIdBytes + Encoding.UTF8.GetByteCount(type);

    /// <summary>Binds a payload to its job: copied under another id or type it does not open.</summary>
    private static void WriteAssociated(Span<byte> into, JobId id, string type)
    {
        into[0] = Sealed.Version;
        _ = id.Value.TryWriteBytes(into[1..], bigEndian: true, out _);
        _ = Encoding.UTF8.GetBytes(type, into[(1 + JobIdBytes)..]);
    }

    /// <summary>Random bytes in store for one thread: the system takes longer to give twelve than all the rest of a small payload.</summary>
    private sealed class Nonces
    {
        private readonly byte[] _random = new byte[64 * NonceBytes];
        private int _left;

        /// <summary>A nonce that no other payload gets.</summary>
        public void Next(Span<byte> nonce)
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
