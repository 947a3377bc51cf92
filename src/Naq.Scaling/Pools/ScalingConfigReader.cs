using System.Collections.Immutable;
using System.Text.Json;
using Naq.Configuration;

namespace Naq.Scaling.Pools;

/// <summary>Reads a scaling configuration: Naq's own shape, with or without the outer <c>Naq</c>, or the example's SCALING_CONFIG.</summary>
/// <remarks>
/// The example's file is a dictionary of queues; it is recognised by having no <c>Naq</c> and no <c>Autoscaler</c>, and is also taken
/// under a <c>SCALING_CONFIG</c> member. Other members beside <c>Autoscaler</c> (<c>Broker</c> …) belong to others and are not judged.
/// </remarks>
internal static class ScalingConfigReader
{
    private static readonly JsonDocumentOptions Lenient = new()
    {
        CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 16,
    };

    /// <summary>Reads a file.</summary>
    /// <exception cref="NaqConfigurationException">It cannot be read, or something in it is wrong: one line a fault, all of them.</exception>
    public static ScalingConfig ReadFile(string path)
    {
        try
        {
            return Read(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NaqConfigurationException($"{Printable.Escape(path)} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Reads JSON text in UTF-8.</summary>
    /// <exception cref="NaqConfigurationException">Something is wrong: one line a fault, all of them.</exception>
    public static ScalingConfig Read(ReadOnlyMemory<byte> json)
    {
        var faults = new List<string>();
        try
        {
            using var document = JsonDocument.Parse(json, Lenient);
            var config = Read(new SettingsNode(document.RootElement, "", faults));
            return faults.Count == 0 ? config : throw new NaqConfigurationException(string.Join('\n', faults));
        }
        catch (JsonException e)
        {
            throw new NaqConfigurationException($"Line {e.LineNumber + 1}: not JSON: {e.Message}", e);
        }
    }

    /// <summary>Reads what is called <c>Autoscaler</c> in Naq's own shape. Faults are collected where the node says.</summary>
    public static ScalingConfig ReadAutoscaler(SettingsNode autoscaler)
    {
        var interval = autoscaler.Duration("Interval") ?? ScalingConfig.DefaultInterval;
        if (interval < TimeSpan.FromMilliseconds(100) || interval > TimeSpan.FromHours(1))
        {
            autoscaler.Fail("Interval", $"({interval}) is not within 100ms to 1h.");
        }

        var pools = Pools(autoscaler.Object("Pools"), (name, node) => PoolReader.Read(name, node) with { Interval = interval, Text = node.Raw });
        autoscaler.Close();
        return new(interval, pools);
    }

    private static ScalingConfig Read(SettingsNode file)
    {
        var root = file.Object("Naq") ?? file;
        if (root.Object("Autoscaler") is { } autoscaler)
        {
            return ReadAutoscaler(autoscaler);
        }

        if (file.Has("Naq"))
        {
            return new(ScalingConfig.DefaultInterval, []);
        }

        return new(ScalingConfig.DefaultInterval, Pools(file.Object("SCALING_CONFIG") ?? file, static (name, node) => PoolReader.ReadExample(name, node) with { Text = node.Raw }));
    }

    private static ImmutableArray<PoolConfig> Pools(SettingsNode? node, Func<string, SettingsNode, PoolConfig> read) =>
        node is null ? [] : [.. node.Objects().Select(member => read(member.Name, member.Node))];
}
