using System.Threading.Channels;
using NATS.Client.Core;
using NATS.NKeys;

namespace Naq.Nats.Server;

/// <summary>Turns the broker's options into the client's.</summary>
internal static class Connecting
{
    /// <summary>For publishes, reads and acknowledgements: while a cluster elects a leader they are lost, and are best repeated soon.</summary>
    public static TimeSpan Short { get; } = TimeSpan.FromSeconds(2);

    /// <summary>For what changes streams and consumers.</summary>
    public static TimeSpan Long { get; } = TimeSpan.FromSeconds(5);

    /// <exception cref="NaqConfigurationException">The file of an NKey holds no seed.</exception>
    public static NatsOpts OptionsOf(NatsBrokerOptions options) => NatsOpts.Default with
    {
        Url = options.Url,
        Name = "naq",
        AuthOpts = Identity(options),
        TlsOpts = new()
        {
            CaFile = options.CaFile,
            CertFile = options.CertificateFile,
            KeyFile = options.KeyFile,
            Mode = options.Url.Contains("tls://", StringComparison.Ordinal) || options.CertificateFile is not null ? TlsMode.Require : TlsMode.Auto,
        },
        ConnectTimeout = TimeSpan.FromSeconds(5),
        RequestTimeout = Short,

        // At work again well within five seconds of the server's return, without a storm of connections.
        MaxReconnectRetry = -1,
        ReconnectWaitMin = TimeSpan.FromMilliseconds(100),
        ReconnectWaitMax = TimeSpan.FromSeconds(1),
        PingInterval = TimeSpan.FromSeconds(5),

        // A reply goes straight to who waits for it: half as many steps as through one inbox for all.
        RequestReplyMode = NatsRequestReplyMode.Direct,

        // As nats-server matches them, and faster.
        CaseSensitiveHeaders = true,
        SubPendingChannelCapacity = 16_384,
        SubPendingChannelFullMode = BoundedChannelFullMode.Wait,
    };

    private static NatsAuthOpts Identity(NatsBrokerOptions options)
    {
        var identity = new NatsAuthOpts { Username = options.User, Password = options.Password, Token = options.Token, CredsFile = options.CredentialsFile };
        return options.NKeyFile is { } file ? identity with { Seed = ReadSeed(file, out var publicKey), NKey = publicKey } : identity;
    }

    /// <summary>The client wants the public key beside the seed in the same file; the usual tools write the seed alone, and it holds the key.</summary>
    private static string ReadSeed(string file, out string publicKey)
    {
        try
        {
            var seed = File.ReadLines(file).Select(static line => line.Trim()).First(static line => line.StartsWith('S'));
            using var key = KeyPair.FromSeed(seed);
            publicKey = key.GetPublicKey();
            return seed;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidOperationException or NKeysException)
        {
            throw new NaqConfigurationException($"{Printable.Escape(file)} holds no NKey's seed that can be read: a line that begins with SU.", error);
        }
    }
}
