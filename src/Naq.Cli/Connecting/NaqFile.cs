using System.Text.Json;
using Naq.Cli.Parsing;

namespace Naq.Cli.Connecting;

/// <summary>Reads the broker's address from <c>naq.json</c> in the working folder; its pools are read by <c>naq up</c> and <c>naq autoscale</c>.</summary>
internal static class NaqFile
{
    public const string Name = "naq.json";

    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>The address under <c>Naq.Broker</c>: a string, or <c>{"Sqlite": {"Path": …}}</c>, or <c>{"Nats": {"Url": …}}</c>. Null: no file, or nothing said.</summary>
    /// <exception cref="NaqConfigurationException">The file cannot be read or says something else.</exception>
    public static string? Broker(string directory)
    {
        var path = Path.Combine(directory, Name);
        if (!File.Exists(path))
        {
            return null;
        }

        using var document = Read(path);
        return Member(document.RootElement, "Naq") is { } naq && Member(naq, "Broker") is { } broker ? Address(broker) : null;
    }

    private static JsonDocument Read(string path)
    {
        try
        {
            return JsonDocument.Parse(File.ReadAllBytes(path), Lenient);
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new NaqConfigurationException($"{Name} cannot be read: {error.Message}", error);
        }
    }

    private static string Address(JsonElement broker)
    {
        if (broker.ValueKind == JsonValueKind.String)
        {
            return broker.GetString()!; // a string element is never null
        }

        if (Text(broker, "Sqlite", "Path") is { } file)
        {
            return "sqlite:" + file;
        }

        if (Text(broker, "Nats", "Url") is { } url)
        {
            return url;
        }

        var member = broker.ValueKind == JsonValueKind.Object ? broker.EnumerateObject().FirstOrDefault().Name : null;
        throw new NaqConfigurationException(
            Name + """: Naq.Broker is not valid: use {"Sqlite": {"Path": "…"}} or {"Nats": {"Url": "nats://…"}}.""" + Nearest.DidYouMean(member ?? "", ["Sqlite", "Nats"]));
    }

    private static string? Text(JsonElement element, string outer, string inner) =>
        Member(element, outer) is { } child && Member(child, inner) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    private static JsonElement? Member(JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        foreach (var member in element.EnumerateObject())
        {
            if (string.Equals(member.Name, name, StringComparison.OrdinalIgnoreCase))
            {
                return member.Value;
            }
        }

        return null;
    }
}
