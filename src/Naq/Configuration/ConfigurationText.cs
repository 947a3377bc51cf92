using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace Naq.Configuration;

/// <summary>Turns a section of a host's configuration into the JSON that <see cref="SettingsNode"/> reads: one reader, one set of messages for files and hosts.</summary>
internal static class ConfigurationText
{
    /// <summary>Where a host keeps what is Naq's.</summary>
    public const string Root = "Naq";

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
        var isList = children.TrueForAll(static child => int.TryParse(child.Key, out _));
        if (isList)
        {
            writer.WriteStartArray();
        }
        else
        {
            writer.WriteStartObject();
        }

        foreach (var child in children)
        {
            if (!isList)
            {
                writer.WritePropertyName(child.Key);
            }

            Write(writer, child);
        }

        if (isList)
        {
            writer.WriteEndArray();
        }
        else
        {
            writer.WriteEndObject();
        }
    }
}
