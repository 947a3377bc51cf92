using Naq.Cli.Connecting;

namespace Naq.Cli.Tests;

public sealed class BrokerAddressTests : IDisposable
{
    private readonly Terminal _terminal = new();

    [Fact]
    public void The_flag_wins_over_all()
    {
        _terminal.Variables["NAQ_NATS_URL"] = "nats://host";

        Assert.Equal(new(BrokerKind.Sqlite, "/x/y.db", "--broker"), Resolve("sqlite:/x/y.db"));
    }

    [Fact]
    public void NAQ_BROKER_wins_over_NAQ_NATS_URL()
    {
        _terminal.Variables["NAQ_NATS_URL"] = "nats://host";

        Assert.Equal("NAQ_BROKER", Resolve(null).Source);
    }

    [Fact]
    public void NAQ_NATS_URL_wins_over_the_file()
    {
        _terminal.Variables.Remove("NAQ_BROKER");
        _terminal.Variables["NAQ_NATS_URL"] = "nats://host:4222";
        Configure("""{"Naq":{"Broker":"sqlite:a.db"}}""");

        Assert.Equal(new(BrokerKind.Nats, "nats://host:4222", "NAQ_NATS_URL"), Resolve(null));
    }

    [Fact]
    public void Nats_alone_is_NAQ_NATS_URL_or_this_machine()
    {
        Assert.Equal(new(BrokerKind.Nats, "nats://127.0.0.1:4222", "--broker") { IsLocal = true }, Resolve("nats"));

        _terminal.Variables["NAQ_NATS_URL"] = "tls://host";

        Assert.Equal(new(BrokerKind.Nats, "tls://host", "NAQ_NATS_URL"), Resolve("nats"));
    }

    [Fact]
    public void A_secret_in_an_address_is_refused_and_not_repeated()
    {
        _terminal.Variables.Remove("NAQ_BROKER");
        _terminal.Variables["NAQ_NATS_URL"] = "nats://user:secret@host";

        var error = Assert.Throws<NaqConfigurationException>(() => Resolve(null));

        Assert.Contains("NAQ_NATS_URL", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"Naq":{"Broker":"sqlite:a.db"}}""")]
    [InlineData("""{"naq":{"broker":{"sqlite":{"path":"a.db"}}}} // a comment""")]
    public void The_file_wins_over_the_default(string json)
    {
        _terminal.Variables.Remove("NAQ_BROKER");
        Configure(json);

        Assert.Equal(new(BrokerKind.Sqlite, Path.Combine(_terminal.Folder, "a.db"), "naq.json"), Resolve(null));
    }

    [Fact]
    public void A_misspelt_broker_of_the_file_is_refused_with_the_nearest_name()
    {
        _terminal.Variables.Remove("NAQ_BROKER");
        Configure("""{"Naq":{"Broker":{"Sqlit":{"Path":"a.db"}}}}""");

        Assert.Contains("Did you mean 'Sqlite'?", Assert.Throws<NaqConfigurationException>(() => Resolve(null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_default_lies_in_the_state_folder()
    {
        _terminal.Variables.Remove("NAQ_BROKER");
        _terminal.Variables["HOME"] = "/home/ann";
        Assert.Equal("/home/ann/.local/state/naq/naq.db", Resolve(null).Path);

        _terminal.Variables["XDG_STATE_HOME"] = "/state";
        Assert.Equal("/state/naq/naq.db", Resolve(null).Path);
    }

    [Fact]
    public async Task Verbose_says_what_was_chosen_and_why()
    {
        var said = await _terminal.RunAsync("queue", "list", "-v");

        Assert.Contains($"broker sqlite:{_terminal.Database} (from NAQ_BROKER)", said.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _terminal.Dispose();

    private void Configure(string json) => File.WriteAllText(Path.Combine(_terminal.Folder, "naq.json"), json);

    private BrokerAddress Resolve(string? flag) => BrokerAddress.Resolve(flag, _terminal.ShellOf(Stream.Null, TextWriter.Null, TextWriter.Null));
}
