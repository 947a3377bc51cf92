using System.Buffers.Text;
using System.Collections.Frozen;
using System.Security.Cryptography;
using Naq.Encryption;

namespace Naq;

/// <summary>The keys that payloads are encrypted with, each under an id that travels with what it encrypted. Never shown: its text names the ids only.</summary>
/// <remarks>
/// Read from lines (or parts between commas) of <c>ID:KEY</c>; a key is 32 bytes in base64, an id a name such as <c>2026-11</c>; lines that begin with <c>#</c> are
/// skipped. To change keys: give every worker the new one in second place, then every producer and worker in first place, and drop the old one when no
/// job waits any more that was encrypted with it. A key is good for four billion jobs.
/// </remarks>
public sealed class EncryptionKeys
{
    /// <summary>The variable that <see cref="FromEnvironment"/> reads; with <c>_FILE</c> at its end it names a file.</summary>
    public const string Variable = "NAQ_ENCRYPTION_KEYS";

    private const int KeyBytes = 32;

    private readonly FrozenDictionary<string, PayloadKey> _keys;

    private EncryptionKeys(string first, Dictionary<string, PayloadKey> keys) => (First, _keys) = (first, keys.ToFrozenDictionary(StringComparer.Ordinal));

    /// <summary>The id of the key that encrypts.</summary>
    public string First { get; }

    /// <summary>The ids of all keys, in the order of their names.</summary>
    public IEnumerable<string> Ids => _keys.Keys.Order(StringComparer.Ordinal);

    /// <summary>Reads keys from text.</summary>
    /// <exception cref="NaqConfigurationException">There is none, or one is not valid; the message never holds a key.</exception>
    public static EncryptionKeys Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var (first, keys) = ((string?)null, new Dictionary<string, PayloadKey>(StringComparer.Ordinal));
        var number = 0;
        foreach (var part in text.Split(['\n', ','], StringSplitOptions.TrimEntries).Where(static part => part is not ("" or ['#', ..])))
        {
            number++;
            var colon = part.IndexOf(':', StringComparison.Ordinal);
            var id = colon < 0 ? "" : part[..colon].Trim();
            if (!Names.IsName(id))
            {
                throw new NaqConfigurationException($"Encryption key {number} is not valid: write ID:KEY, the id of 1 to 64 letters, digits, '_' or '-'.");
            }

            if (!keys.TryAdd(id, Key(id, part[(colon + 1)..].Trim())))
            {
                throw new NaqConfigurationException($"Two encryption keys have the id '{id}'. Give each its own.");
            }

            first ??= id;
        }

        return first is null ? throw new NaqConfigurationException("No encryption key was given: write ID:KEY, the key as 32 bytes in base64.") : new(first, keys);
    }

    /// <summary>Reads keys from a file.</summary>
    /// <exception cref="NaqConfigurationException">It cannot be read, or holds no valid keys.</exception>
    public static EncryptionKeys FromFile(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NaqConfigurationException($"The file of encryption keys cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Reads keys from <c>NAQ_ENCRYPTION_KEYS</c>, or from the file that <c>NAQ_ENCRYPTION_KEYS_FILE</c> names; null: neither is set.</summary>
    /// <exception cref="NaqConfigurationException">They hold no valid keys.</exception>
    public static EncryptionKeys? FromEnvironment() => From(Environment.GetEnvironmentVariable);

    /// <summary>A new key, as it stands after the colon.</summary>
    public static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes));

    /// <inheritdoc/>
    public override string ToString() => $"{_keys.Count} encryption keys, first {First}";

    internal static EncryptionKeys? From(Func<string, string?> variable) => (variable(Variable + "_FILE"), variable(Variable)) switch
    {
        ({ Length: > 0 } path, _) => FromFile(path),
        (_, { Length: > 0 } text) => Parse(text),
        _ => null,
    };

    /// <summary>The same keys with other ciphers.</summary>
    internal EncryptionKeys With(Func<byte[], IPayloadCipher> cipher) =>
        new(First, _keys.ToDictionary(static pair => pair.Key, pair => pair.Value.With(cipher), StringComparer.Ordinal));

    internal PayloadKey? Find(string id) => _keys.GetValueOrDefault(id);

    private static PayloadKey Key(string id, string text)
    {
        Span<byte> bytes = stackalloc byte[KeyBytes + 1];
        if (!Base64.IsValid(text) || !Convert.TryFromBase64String(text, bytes, out var length) || length != KeyBytes)
        {
            throw new NaqConfigurationException($"Encryption key '{id}' is not 32 bytes in base64 (44 characters).");
        }

        var key = bytes[..KeyBytes].ToArray();
        CryptographicOperations.ZeroMemory(bytes);
        return new(key, static key => new SystemCipher(key));
    }
}
