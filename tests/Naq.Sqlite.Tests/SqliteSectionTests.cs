using Microsoft.Extensions.Configuration;

namespace Naq.Sqlite.Tests;

public sealed class SqliteSectionTests
{
    [Fact]
    public void A_host_takes_its_broker_from_the_configuration()
    {
        var options = SqliteSection.Read(Configuration(("Path", "a.db"), ("Durability", "normal"), ("LeaseDuration", "10s"), ("MinFreeDisk", "1GB"), ("KeepFinished", "1h"), ("MaxDead", "7")), null);

        Assert.Equal(
            ("a.db", Durability.Normal, TimeSpan.FromSeconds(10), 1_000_000_000L, TimeSpan.FromHours(1), 7L, new SqliteBrokerOptions { Path = "" }.MaxFinished),
            (options.Path, options.Durability, options.LeaseDuration!.Value, options.MinFreeDiskBytes, options.KeepFinished, options.MaxDead, options.MaxFinished));
    }

    [Fact]
    public void A_path_in_code_counts() => Assert.Equal("b.db", SqliteSection.Read(Configuration(("Path", "a.db")), "b.db").Path);

    [Fact]
    public void All_that_is_wrong_is_said_at_once()
    {
        var wrong = Assert.Throws<NaqConfigurationException>(static () => SqliteSection.Read(Configuration(("Pfad", "a.db"), ("Durability", "high"), ("MinFreeDisk", "much")), null));

        Assert.Equal(3, wrong.Message.Split('\n').Length);
        Assert.Contains("Naq.Broker.Sqlite.Durability 'high' is not known", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Somebody_must_say_which_file() =>
        Assert.Contains("Naq:Broker:Sqlite:Path", Assert.Throws<NaqConfigurationException>(static () => SqliteSection.Read(null, null)).Message, StringComparison.Ordinal);

    private static IConfiguration Configuration(params (string Key, string Value)[] pairs) =>
        new ConfigurationBuilder().AddInMemoryCollection(pairs.Select(static pair => KeyValuePair.Create("Naq:Broker:Sqlite:" + pair.Key, (string?)pair.Value))).Build();
}
