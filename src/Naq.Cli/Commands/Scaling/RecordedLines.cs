using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Naq.Scaling.Decisions.Deciders;

namespace Naq.Cli.Commands.Scaling;

/// <summary>A line of a recording and its answer.</summary>
/// <param name="Number">The line's number in the file, from 1.</param>
/// <param name="Line">What was read.</param>
/// <param name="Answer">What was answered.</param>
internal readonly record struct RecordedLine(int Number, string Line, string Answer)
{
    /// <summary>The observation; null: the line is something else.</summary>
    public DeciderObservation? Observation => TypeOf(Line) == "obs" ? Parse(Line, DeciderJson.Default.DeciderObservation) : null;

    /// <summary>The description of the pool; null: the line is something else.</summary>
    public DeciderInit? Init => TypeOf(Line) == "init" ? Parse(Line, DeciderJson.Default.DeciderInit) : null;

    /// <summary>The number that was answered; null: none was.</summary>
    public int? Desired => Parse(Answer, DeciderJson.Default.DeciderAnswer) is { Reasons: not null } answer ? answer.Desired : null;

    private static T? Parse<T>(string text, JsonTypeInfo<T> type) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(text, type);
        }
        catch (JsonException)
        {
            return null; // recorded because it was refused
        }
    }

    private static string? TypeOf(string line) => Parse(line, RecordedTypeJson.Default.RecordedType)?.Type;
}

/// <summary>What a line says it is.</summary>
internal sealed record RecordedType(string? Type);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(RecordedType))]
internal sealed partial class RecordedTypeJson : JsonSerializerContext;

/// <summary>Reads recordings.</summary>
internal static class RecordedLines
{
    /// <summary>Whether a file looks like a recording.</summary>
    public static bool IsRecording(string path) => File.Exists(path) && File.ReadLines(path).FirstOrDefault() is { } line && line.StartsWith("{\"recording\":", StringComparison.Ordinal);

    /// <exception cref="NaqConfigurationException">It cannot be read, or is not a recording.</exception>
    public static (RecordingHead Head, IReadOnlyList<RecordedLine> Lines) Read(string path, string file)
    {
        if (!File.Exists(path))
        {
            throw new NaqConfigurationException($"{Printable.Escape(file)} does not exist.");
        }

        try
        {
            var text = File.ReadAllLines(path);
            var head = RecordingHead.Parse(text.FirstOrDefault(), file);
            return (head, [.. text.Skip(1).Chunk(2).Where(static pair => pair.Length == 2).Select(static (pair, i) => new RecordedLine((2 * i) + 2, pair[0], pair[1]))]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NaqConfigurationException($"{file} cannot be read: {e.Message}", e);
        }
    }
}
