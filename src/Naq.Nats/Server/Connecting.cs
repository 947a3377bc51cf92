using System.Threading.Channels;
using NATS.Client.Core;

namespace Naq.Nats.Server;

/// <summary>Turns the broker's options into the client's.</summary>
internal static class Connecting
{
    /// <summary>For publishes, reads and acknowledgements: while a cluster elects a leader they are lost, and are best repeated soon.</summary>
    public static TimeSpan Short { get; } = TimeSpan.FromSeconds(2);

    /// <summary>For what changes streams and consumers.</summary>
    public static TimeSpan Long { get; } = TimeSpan.FromSeconds(5);

    public static NatsOpts OptionsOf(NatsBrokerOptions options) => NatsOpts.Default with
    {
        Url = options.Url,
        Name = "naq",
        AuthOpts = new()
        {
            Username = options.User,
            Password = options.Password,
            Token = options.Token,
            NKeyFile = options.NKeyFile,
            CredsFile = options.CredentialsFile,
        },
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
        SubPendingChannelCapacity = 16_384,
        SubPendingChannelFullMode = BoundedChannelFullMode.Wait,
    };
}
