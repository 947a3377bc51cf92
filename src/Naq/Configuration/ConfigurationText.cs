using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace Naq.Configuration;

/// <summary>Turns a section of a host's configuration into the JSON that <see cref="SettingsNode"/> reads: one reader, one set of messages for files and hosts.</summary>
internal static class ConfigurationText
{
    /// <summary>Where a host keeps what is Naq's.</summary>
    public const string Root = "Naq";

    /// <summary>Reads a section's members, and says everything that is wrong with them at once; <paramref name="otherwise"/>: there is no such section.</summary>
    /// <param name="configuration">The host's; null: it has none.</param>
    /// <param name="name">The section below <see cref="Root"/>, such as <c>Broker:Sqlite</c>.</param>
    /// <param name="otherwise">What is so without the section.</param>
    /// <param name="read">Reads the members that are known; the others are refused.</param>
    /// <exception cref="NaqConfigurationException">Something is wrong: one line a fault, all of them.</exception>
    public static T Bind<T>(IConfiguration? configuration, string name, T otherwise, Func<SettingsNode, T> read)
    {
        using var document = Read(configuration, name);
        if (document is null)
        {
            return otherwise;
        }

        var faults = new List<string>();
        var node = new SettingsNode(document.RootElement, $"{Root}.{name.Replace(':', '.')}", faults, isText: true);
        var value = read(node);
        node.Close();
        return faults.Count == 0 ? value : throw new NaqConfigurationException(string.Join('\n', faults));
    }

    /// <summary>The section as an object; every value is a string, as providers have it. Null: there is none.</summary>
    public static JsonDocument? Read(IConfiguration? configuration, string name)
    {
        if (configuration?.GetSection(Root).GetSection(name) is not { } section || !section.GetChildren().Any())
        {
            return null;
        }

        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            Write(writer, section);
        }

        return JsonDocument.Parse(buffer.ToArray());
    }

    private static void Write(Utf8JsonWriter writer, IConfigurationSection section)
    {
        var children = section.GetChildren().ToList();
        if (children.Count == 0)
        {
            writer.WriteStringValue(section.Value);
            return;
        }

        // Providers keep lists as members 0, 1, 2 …
        if (children.TrueForAll(static child => int.TryParse(child.Key, out _)))
        {
            writer.WriteStartArray();
            children.ForEach(child => Write(writer, child));
            writer.WriteEndArray();
            return;
        }

        writer.WriteStartObject();
        foreach (var child in children)
        {
            writer.WritePropertyName(child.Key);
            Write(writer, child);
        }

        writer.WriteEndObject();
    }
}
