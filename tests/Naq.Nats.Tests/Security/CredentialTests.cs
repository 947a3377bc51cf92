using NATS.NKeys;

namespace Naq.Nats.Tests.Security;

/// <summary>Every way to say who one is, against a server that asks for it; and each with a wrong secret, which is refused and not repeated.</summary>
public sealed class CredentialTests
{
    private const string Secret = "s3cret-and-long-enough";
    private const string Wrong = "wr0ng-and-long-enough";

    [Fact]
    public async Task A_user_with_a_password()
    {
        await using var server = await ConfiguredServer.StartAsync(static _ => $$"""authorization { user: "mia", password: "{{Secret}}" }""");

        await WorksAsync(server, static o => o with { User = "mia", Password = Secret });
        await IsRefusedAsync(server, static o => o with { User = "mia", Password = Wrong });
        await IsRefusedAsync(server, static o => o);
    }

    [Fact]
    public async Task A_token()
    {
        await using var server = await ConfiguredServer.StartAsync(static _ => $$"""authorization { token: "{{Secret}}" }""");

        await WorksAsync(server, static o => o with { Token = Secret });
        await IsRefusedAsync(server, static o => o with { Token = Wrong });
    }

    [Fact]
    public async Task An_nkey()
    {
        using var key = KeyPair.CreatePair(PrefixByte.User);
        using var other = KeyPair.CreatePair(PrefixByte.User);
        await using var server = await ConfiguredServer.StartAsync(_ => $$"""authorization { users: [ { nkey: {{key.GetPublicKey()}} } ] }""");
        await File.WriteAllTextAsync(server.PathOf("mine.nk"), key.GetSeed(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(server.PathOf("other.nk"), other.GetSeed(), TestContext.Current.CancellationToken);

        await WorksAsync(server, o => o with { NKeyFile = server.PathOf("mine.nk") });
        await IsRefusedAsync(server, o => o with { NKeyFile = server.PathOf("other.nk") });
    }

    [Fact]
    public async Task A_creds_file()
    {
        using var trusted = new Operator();
        using var stranger = new Operator();
        await using var server = await ConfiguredServer.StartAsync(_ => trusted.Configuration);
        await File.WriteAllTextAsync(server.PathOf("mine.creds"), trusted.Credentials(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(server.PathOf("other.creds"), stranger.Credentials(), TestContext.Current.CancellationToken);

        await WorksAsync(server, o => o with { CredentialsFile = server.PathOf("mine.creds") });
        await IsRefusedAsync(server, o => o with { CredentialsFile = server.PathOf("other.creds") });
    }

    [Fact]
    public async Task A_client_certificate()
    {
        using var authority = new Authority();
        using var stranger = new Authority();
        await using var server = await ConfiguredServer.StartAsync(folder =>
        {
            authority.WriteTo(Path.Combine(folder, "ca.pem"));
            authority.Issue("server", Path.Combine(folder, "server.pem"), Path.Combine(folder, "server.key"));
            authority.Issue("worker", Path.Combine(folder, "mine.pem"), Path.Combine(folder, "mine.key"));
            stranger.WriteTo(Path.Combine(folder, "other-ca.pem"));
            stranger.Issue("worker", Path.Combine(folder, "other.pem"), Path.Combine(folder, "other.key"));
            return $$"""tls { cert_file: "{{folder}}/server.pem", key_file: "{{folder}}/server.key", ca_file: "{{folder}}/ca.pem", verify: true }""";
        });
        NatsBrokerOptions With(NatsBrokerOptions o, string ca, string? certificate) => o with
        {
            Url = $"tls://127.0.0.1:{server.Port}",
            CaFile = server.PathOf(ca),
            CertificateFile = certificate is null ? null : server.PathOf(certificate + ".pem"),
            KeyFile = certificate is null ? null : server.PathOf(certificate + ".key"),
        };

        await WorksAsync(server, o => With(o, "ca.pem", "mine"));
        await IsRefusedAsync(server, o => With(o, "ca.pem", "other"));
        await IsRefusedAsync(server, o => With(o, "ca.pem", null));

        // A server that somebody else vouches for is not spoken to.
        await IsRefusedAsync(server, o => With(o, "other-ca.pem", "mine"));
    }

    private static async Task WorksAsync(ConfiguredServer server, Func<NatsBrokerOptions, NatsBrokerOptions> options)
    {
        await using var broker = await server.OpenAsync(options);

        Assert.Empty(await broker.Jobs.CountsAsync(null, TestContext.Current.CancellationToken));
    }

    private static async Task IsRefusedAsync(ConfiguredServer server, Func<NatsBrokerOptions, NatsBrokerOptions> options)
    {
        var refused = await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await server.OpenAsync(options));

        for (Exception? error = refused; error is not null; error = error.InnerException)
        {
            Assert.DoesNotContain(Wrong, error.Message, StringComparison.Ordinal);
        }
    }
}
