using System.Text.Json;
using System.Text.Json.Nodes;
using Naq.Configuration;
using Naq.Scaling.Pools;

namespace Naq.Scaling.Tests.Pools;

/// <summary>The published schema knows what the readers know, and nothing else.</summary>
public sealed class SchemaTests
{
    private static readonly JsonObject Pool = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "naq.schema.json")))!
        ["$defs"]!["autoscaler"]!["properties"]!["Pools"]!["additionalProperties"]!.AsObject();

    public static TheoryData<string> Policies => [.. KnownNames.Policies.Keys.Order()];

    public static TheoryData<string> Limiters => [.. KnownNames.Limiters.Keys.Order()];

    [Fact]
    public void Every_name_is_in_the_schema_and_every_name_of_the_schema_is_known()
    {
        Assert.Equal(KnownNames.Policies.Keys.Order(), Types("Policies").Order());
        Assert.Equal(KnownNames.Limiters.Keys.Order(), Types("Limiters").Order());
        Assert.Equal(KnownNames.Provisioners.Order(), Members(Pool, "Provisioner")["Type"]!["enum"]!.AsArray().Select(static n => (string)n!).Order());
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_policy_has_the_members_that_are_read(string type) => Assert.Equal(Known("Policies", type), Asked(KnownNames.Policies[type]));

    [Theory]
    [MemberData(nameof(Limiters))]
    public void A_limiter_has_the_members_that_are_read(string type) => Assert.Equal(Known("Limiters", type), Asked(KnownNames.Limiters[type]));

    [Fact]
    public void A_pool_has_the_members_that_are_read()
    {
        Assert.Equal(Names(Pool), Asked(static node => PoolReader.Read("p", node)));
        Assert.Equal(["Concurrency", "MaxJobs", "MaxMemory", "Ttl"], Names(Pool["properties"]!["Worker"]!));
    }

    private static IEnumerable<string> Types(string list) => Items(list).Select(static i => (string)i["properties"]!["Type"]!["const"]!);

    private static IEnumerable<JsonNode> Items(string list) => Members(Pool, list)["items"]!["oneOf"]!.AsArray().OfType<JsonNode>();

    private static JsonObject Members(JsonObject of, string name)
    {
        var member = of["properties"]![name]!.AsObject();
        return member["properties"]?.AsObject() ?? member;
    }

    private static string[] Known(string list, string type) =>
        [.. Names(Items(list).First(i => (string)i["properties"]!["Type"]!["const"]! == type)).Where(static n => n != "Type")];

    private static string[] Names(JsonNode schema) => [.. schema["properties"]!.AsObject().Select(static p => p.Key).Order(StringComparer.Ordinal)];

    /// <summary>What a reader asks for, by its own words on a member that nobody knows.</summary>
    private static string[] Asked<T>(Func<SettingsNode, T> read)
    {
        var faults = new List<string>();
        using var document = JsonDocument.Parse("""{"zzzzzzzzzzzzzzzzzzzz":1}""");
        var node = new SettingsNode(document.RootElement, "", faults);
        _ = read(node);
        node.Close();
        var fault = faults.First(static f => f.Contains("Known: ", StringComparison.Ordinal));
        return [.. fault[(fault.IndexOf("Known: ", StringComparison.Ordinal) + 7)..].TrimEnd('.').Split(", ").Order(StringComparer.Ordinal)];
    }
}
