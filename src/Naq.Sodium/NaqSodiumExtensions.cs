namespace Naq;

/// <summary>Lets libsodium encrypt.</summary>
public static class NaqSodiumExtensions
{
    extension(EncryptionKeys keys)
    {
        /// <summary>The same keys, with libsodium to encrypt and decrypt: a small payload at about a quarter of what .NET takes for it. The envelopes are the same, so that programs with and without it read each other's.</summary>
        /// <remarks>Where libsodium does not run, which needs a processor with instructions for AES and one of the systems that its package serves, these keys as they are: .NET encrypts.</remarks>
        public EncryptionKeys WithSodium()
        {
            ArgumentNullException.ThrowIfNull(keys);
            return SodiumCipher.IsSupported ? keys.With(static key => new SodiumCipher(key)) : keys;
        }
    }
}
