using Microsoft.Extensions.Configuration;

namespace Naq.Nats.Tests;

public sealed class NatsSectionTests
{
    [Fact]
    public void A_host_takes_its_broker_from_the_configuration()
    {
        var options = NatsSection.Read(
            Configuration(("Url", "nats://a:4222"), ("Prefix", "shop"), ("Replicas", "3"), ("MaxBytes", "1GiB"), ("User", "mia"), ("MonitorUrl", "http://a:8222")), null);

        Assert.Equal(
            ("nats://a:4222", "shop", 3, 1L << 30, "mia", new Uri("http://a:8222")),
            (options.Url, options.Prefix, options.Replicas, options.MaxBytes!.Value, options.User, options.MonitorUrl));
    }

    [Fact]
    public void A_url_in_code_counts() => Assert.Equal("nats://b:4222", NatsSection.Read(Configuration(("Url", "nats://a:4222")), "nats://b:4222").Url);

    [Fact]
    public void All_that_is_wrong_is_said_at_once()
    {
        var wrong = Assert.Throws<NaqConfigurationException>(static () => NatsSection.Read(Configuration(("Uri", "nats://a"), ("Replicas", "many"), ("MonitorUrl", "here")), null));

        Assert.Equal(3, wrong.Message.Split('\n').Length);
        Assert.Contains("Naq.Broker.Nats.Uri is not known here. Did you mean Url?", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Somebody_must_say_which_server() =>
        Assert.Contains("Naq:Broker:Nats:Url", Assert.Throws<NaqConfigurationException>(static () => NatsSection.Read(null, null)).Message, StringComparison.Ordinal);

    private static IConfiguration Configuration(params (string Key, string Value)[] pairs) =>
        new ConfigurationBuilder().AddInMemoryCollection(pairs.Select(static pair => KeyValuePair.Create("Naq:Broker:Nats:" + pair.Key, (string?)pair.Value))).Build();
}
