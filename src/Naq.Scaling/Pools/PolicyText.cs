using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Naq.Configuration;
using Naq.Scaling.Policies;
using Naq.Scaling.Policies.Latency;

namespace Naq.Scaling.Pools;

/// <summary>A policy and its settings on one line, read as configuration is: <c>threshold:up=20,down=5,target=10</c>.</summary>
internal static class PolicyText
{
    /// <param name="text">The line.</param>
    /// <param name="share">The promised share, where <c>latency</c> does not say.</param>
    /// <param name="within">The goal, likewise.</param>
    /// <exception cref="NaqConfigurationException">A name is not known, or a setting is wrong.</exception>
    public static IScalingPolicy Read(string text, double share, TimeSpan within)
    {
        var (name, settings) = text.Split(':', 2) is [var n, var s] ? (n, s) : (text, "");
        if (!KnownNames.Policies.TryGetValue(name, out var read))
        {
            throw new NaqConfigurationException($"Policy '{Printable.Escape(name)}' is not known{SettingsNode.Hint(name, KnownNames.Policies.Keys)}");
        }

        var faults = new List<string>();
        using var document = JsonDocument.Parse(ToJson(name, settings));
        var node = new SettingsNode(document.RootElement, name, faults);
        var policy = read(node);
        node.Close();
        if (faults.Count > 0)
        {
            throw new NaqConfigurationException(string.Join('\n', faults.Select(static fault => $"Policy {fault}")));
        }

        return policy is LatencyPolicy latency
            ? latency with { Share = node.Has("Share") ? latency.Share : share, Within = node.Has("Within") ? latency.Within : within }
            : policy;
    }

    private static ReadOnlyMemory<byte> ToJson(string name, string settings)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        foreach (var item in settings.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (item.Split('=', 2) is not [{ Length: > 0 } key, var value])
            {
                throw new NaqConfigurationException($"Policy {name}: '{Printable.Escape(item)}' is not a setting: write name=value, such as up=20.");
            }

            if (double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number))
            {
                writer.WriteNumber(key, number);
            }
            else
            {
                writer.WriteString(key, value);
            }
        }

        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }
}
