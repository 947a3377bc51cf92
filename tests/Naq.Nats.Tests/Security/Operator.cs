using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;
using NATS.NKeys;

namespace Naq.Nats.Tests.Security;

/// <summary>An operator with a system account and one account: what <c>nsc</c> would make, signed here (nats-io/jwt, version 2).</summary>
internal sealed class Operator : IDisposable
{
    private const string Unlimited = """
        {"subs":-1,"data":-1,"payload":-1,"imports":-1,"exports":-1,"wildcards":true,"conn":-1,"leaf":-1,"mem_storage":-1,"disk_storage":-1,"streams":-1,"consumer":-1}
        """;

    private readonly KeyPair _operator = KeyPair.CreatePair(PrefixByte.Operator);
    private readonly KeyPair _system = KeyPair.CreatePair(PrefixByte.Account);
    private readonly KeyPair _account = KeyPair.CreatePair(PrefixByte.Account);

    /// <summary>The lines of a server's configuration that trust this operator.</summary>
    public string Configuration => $$"""
        operator: {{Sign(_operator, _operator, "naq", new() { ["type"] = "operator", ["version"] = 2, ["system_account"] = _system.GetPublicKey() })}}
        system_account: {{_system.GetPublicKey()}}
        resolver: MEMORY
        resolver_preload: {
          {{_system.GetPublicKey()}}: {{Account(_system, "SYS", """{"subs":-1,"data":-1,"payload":-1,"imports":-1,"exports":-1,"wildcards":true,"conn":-1,"leaf":-1}""")}}
          {{_account.GetPublicKey()}}: {{Account(_account, "NAQ", Unlimited)}}
        }
        """;

    /// <summary>The text of a <c>.creds</c> file of a new user, signed by this account.</summary>
    public string Credentials()
    {
        using var user = KeyPair.CreatePair(PrefixByte.User);
        var jwt = Sign(_account, user, "worker", new() { ["type"] = "user", ["version"] = 2, ["pub"] = new JsonObject(), ["sub"] = new JsonObject(), ["subs"] = -1, ["data"] = -1, ["payload"] = -1 });
        return $"""
            -----BEGIN NATS USER JWT-----
            {jwt}
            ------END NATS USER JWT------

            -----BEGIN USER NKEY SEED-----
            {user.GetSeed()}
            ------END USER NKEY SEED------

            """;
    }

    public void Dispose()
    {
        _operator.Dispose();
        _system.Dispose();
        _account.Dispose();
    }

    private string Account(KeyPair account, string name, string limits) =>
        Sign(_operator, account, name, new() { ["type"] = "account", ["version"] = 2, ["limits"] = JsonNode.Parse(limits) });

    private static string Sign(KeyPair issuer, KeyPair subject, string name, JsonObject claims)
    {
        var body = new JsonObject
        {
            ["jti"] = Guid.NewGuid().ToString("N"),
            ["iat"] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(),
            ["iss"] = issuer.GetPublicKey(),
            ["name"] = name,
            ["sub"] = subject.GetPublicKey(),
            ["nats"] = claims,
        };
        var text = $"{Encode("""{"typ":"JWT","alg":"ed25519-nkey"}""")}.{Encode(body.ToJsonString())}";
        var signature = new byte[64];
        issuer.Sign(Encoding.ASCII.GetBytes(text), signature);
        return $"{text}.{Base64Url.EncodeToString(signature)}";
    }

    private static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
