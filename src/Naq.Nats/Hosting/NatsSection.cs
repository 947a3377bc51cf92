using Microsoft.Extensions.Configuration;
using Naq.Configuration;
using Naq.Nats;

namespace Naq;

/// <summary>The section <c>Naq:Broker:Nats</c> of a host's configuration.</summary>
internal static class NatsSection
{
    /// <exception cref="NaqConfigurationException">Something is wrong, one line a fault, all of them; or nobody says which servers.</exception>
    public static NatsBrokerOptions Read(IConfiguration? configuration, string? url)
    {
        var options = new NatsBrokerOptions { Url = url ?? "" };
        options = ConfigurationText.Bind(configuration, "Broker:Nats", options, node => options with
        {
            Url = node.String("Url") is { } configured && url is null ? configured : options.Url,
            Prefix = node.String("Prefix") ?? options.Prefix,
            Domain = node.String("Domain"),
            Replicas = node.Int("Replicas", least: 1) ?? options.Replicas,
            MaxBytes = node.Size("MaxBytes"),
            LeaseDuration = node.Duration("LeaseDuration"),
            KeepFinished = node.Duration("KeepFinished") ?? options.KeepFinished,
            MaxFinished = node.Int("MaxFinished", least: 0) ?? options.MaxFinished,
            KeepDead = node.Duration("KeepDead") ?? options.KeepDead,
            MaxDead = node.Int("MaxDead", least: 0) ?? options.MaxDead,
            User = node.String("User"),
            Password = node.String("Password"),
            Token = node.String("Token"),
            NKeyFile = node.String("NKeyFile"),
            CredentialsFile = node.String("CredentialsFile"),
            CaFile = node.String("CaFile"),
            CertificateFile = node.String("CertificateFile"),
            KeyFile = node.String("KeyFile"),
            MonitorUrl = ReadMonitor(node),
        });
        return options.Url.Length > 0 ? options : throw new NaqConfigurationException("UseNats() knows no server. Say UseNats(url), or set Naq:Broker:Nats:Url in the configuration.");
    }

    private static Uri? ReadMonitor(SettingsNode node)
    {
        if (node.String("MonitorUrl") is not { } text)
        {
            return null;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out var address))
        {
            return address;
        }

        node.Fail("MonitorUrl", $"is \"{Printable.Escape(text)}\", but must be an address such as http://127.0.0.1:8222.");
        return null;
    }
}
