using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using Naq.Encryption;

namespace Naq.Tests.Encryption;

/// <summary>Two libraries encrypt, and each reads the other.</summary>
public sealed class SodiumTests
{
    private static readonly EncryptionKeys DotNet = EncryptionKeys.Parse("first:" + EncryptionKeys.NewKey() + ",second:" + EncryptionKeys.NewKey());
    private static readonly EncryptionKeys Sodium = DotNet.WithSodium();
    private static readonly JobId Id = JobId.New(TimeProvider.System);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string> Ciphers => ["dotnet", "sodium"];

    [Fact]
    public void Libsodium_encrypts_where_the_tests_run() => Assert.NotSame(DotNet, Sodium);

    [Theory]
    [MemberData(nameof(Ciphers))]
    public void A_cipher_writes_what_the_designers_of_GCM_published(string name)
    {
        // Test case 16 of McGrew and Viega, "The Galois/Counter Mode of Operation".
        var cipher = Cipher(name, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
        var plain = Convert.FromHexString("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
        var (nonce, associated) = (Convert.FromHexString("cafebabefacedbaddecaf888"), Convert.FromHexString("feedfacedeadbeeffeedfacedeadbeefabaddad2"));
        var (data, opened) = (new byte[plain.Length + PayloadKey.TagBytes], new byte[plain.Length]);

        cipher.Encrypt(nonce, plain, associated, data);

        Assert.Equal(
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662" + "76fc6ece0f4e1768cddf8853bb2d551b",
            Convert.ToHexStringLower(data));
        Assert.True(cipher.TryDecrypt(nonce, data, associated, opened));
        Assert.Equal(plain, opened);
    }

    [Theory]
    [MemberData(nameof(Ciphers))]
    public void A_cipher_opens_nothing_of_which_a_bit_was_changed(string name)
    {
        var cipher = Cipher(name, new string('0', 64));
        var (nonce, associated, data) = (new byte[12], new byte[20], new byte[5 + PayloadKey.TagBytes]);
        cipher.Encrypt(nonce, "plain"u8, associated, data);

        foreach (var part in new[] { nonce, associated, data })
        {
            for (var bit = 0; bit < part.Length * 8; bit++)
            {
                part[bit / 8] ^= (byte)(1 << (bit % 8));
                Assert.False(cipher.TryDecrypt(nonce, data, associated, new byte[5]));
                part[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }

        Assert.True(cipher.TryDecrypt(nonce, data, associated, new byte[5]));
        Assert.False(Cipher(name, new string('1', 64)).TryDecrypt(nonce, data, associated, new byte[5]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(300)]
    [InlineData(256 * 1024)]
    public void What_one_seals_the_other_opens(int length)
    {
        var payload = new byte[length];
        new Random(length).NextBytes(payload);

        Assert.Equal(payload, Open(Sodium, Seal(DotNet, payload)).Payload.ToArray());
        Assert.Equal(payload, Open(DotNet, Seal(Sodium, payload)).Payload.ToArray());
        Assert.Equal(Seal(DotNet, payload).Length, Seal(Sodium, payload).Length);
    }

    [Fact]
    public void The_keys_stay_in_their_order_and_all_decrypt()
    {
        var swapped = EncryptionKeys.Parse("second:" + EncryptionKeys.NewKey() + ",third:" + EncryptionKeys.NewKey()).WithSodium();

        Assert.Equal("first", Sodium.First);
        Assert.Equal(["first", "second"], Sodium.Ids);
        Assert.Equal(DotNet.ToString(), Sodium.ToString());
        Assert.Equal("first", Open(swapped, Seal(Sodium, [1])).UnknownKey);
        Assert.Contains("it was changed", Open(swapped, Sealed.Seal([1], "second", Sodium.Find("second")!, Id, "t")).Fault, StringComparison.Ordinal);
        Assert.Equal([1], Open(DotNet, Sealed.Seal([1], "second", Sodium.Find("second")!, Id, "t")).Payload.ToArray());
    }

    [Fact]
    public async Task Threads_share_the_keys()
    {
        var envelopes = await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Factory.StartNew(
            () => Enumerable.Range(0, 5000).Select(job => Seal(Sodium, [(byte)thread, (byte)job])).ToList(), Ct, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        Assert.All(envelopes.Index(), thread => Assert.All(thread.Item.Index(), job =>
            Assert.Equal([(byte)thread.Index, (byte)job.Index], Open(Sodium, job.Item).Payload.ToArray())));
        Assert.Equal(20_000, envelopes.SelectMany(static all => all).Select(static envelope => Convert.ToHexString(envelope.AsSpan(8, 12))).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Where_libsodium_does_not_load_the_keys_are_left_as_they_are()
    {
        // Another copy of the assemblies, for which there is no such library: a process loads a library once.
        var context = new Bare();
        NativeLibrary.SetDllImportResolver(context.Load("NSec.Cryptography"), static (name, _, _) => throw new DllNotFoundException(name));
        var keys = context.Load("Naq").GetType("Naq.EncryptionKeys")!.GetMethod("Parse")!.Invoke(null, ["first:" + EncryptionKeys.NewKey()]);

        var withSodium = context.Load("Naq.Sodium").GetType("Naq.NaqSodiumExtensions")!.GetMethod("WithSodium")!.Invoke(null, [keys]);

        Assert.Same(keys, withSodium);
        Assert.NotSame(typeof(EncryptionKeys), keys!.GetType());
    }

    private static IPayloadCipher Cipher(string name, string key) =>
        name == "sodium" ? new SodiumCipher(Convert.FromHexString(key)) : new SystemCipher(Convert.FromHexString(key));

    private static byte[] Seal(EncryptionKeys keys, byte[] payload) => Sealed.Seal(payload, keys.First, keys.Find(keys.First)!, Id, "t");

    private static PayloadEncryption.Opened Open(EncryptionKeys keys, byte[] envelope) => new PayloadEncryption(keys, true).Open(Id, "t", envelope);

    private sealed class Bare() : AssemblyLoadContext("bare")
    {
        public Assembly Load(string name) => LoadFromAssemblyPath(Path.Combine(AppContext.BaseDirectory, name + ".dll"));

        protected override Assembly? Load(AssemblyName assemblyName) =>
            assemblyName.Name is "Naq" or "Naq.Sodium" or "NSec.Cryptography" ? Load(assemblyName.Name) : null;
    }
}
