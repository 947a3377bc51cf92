using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Naq.Cli.Commands.Scaling;

/// <summary>Who decided, then lines and their answers, alternating: all that it takes to decide a run again.</summary>
internal sealed class Recording(StreamWriter writer) : IDisposable
{
    /// <exception cref="NaqConfigurationException">The file cannot be made.</exception>
    public static Recording Create(string path, PolicyChoice choice)
    {
        try
        {
            var recording = new Recording(new(path));
            recording.Write(RecordingHead.Of(choice));
            return recording;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NaqConfigurationException($"--record {Printable.Escape(path)} cannot be written: {e.Message}", e);
        }
    }

    public void Write(string line, string answer)
    {
        writer.WriteLine(line);
        writer.WriteLine(answer);
    }

    public void Dispose() => writer.Dispose();

    private void Write(RecordingHead head) => writer.WriteLine(JsonSerializer.Serialize(head, RecordingJson.Default.RecordingHead));
}

/// <summary>The first line of a recording.</summary>
/// <param name="Recording">The version of the format.</param>
/// <param name="Policy">The policies by name; null: those of a pool of <paramref name="Config"/>.</param>
/// <param name="Config">The text of the configuration.</param>
/// <param name="Pool">The pool in it.</param>
internal sealed record RecordingHead(int Recording, string? Policy, string? Config, string? Pool)
{
    private const int Version = 1;

    /// <exception cref="NaqConfigurationException">This build does not know it.</exception>
    public PolicyChoice ToChoice() => Policy is not null
        ? PolicyChoice.Of(Policy)
        : PolicyChoice.Of(Encoding.UTF8.GetBytes(Config ?? "{}"), Pool, "the recording");

    public static RecordingHead Of(PolicyChoice choice) =>
        new(Version, choice.Policy, choice.Policy is null ? Encoding.UTF8.GetString(choice.Config.Span) : null, choice.PoolName);

    /// <summary>Reads the first line of a recording.</summary>
    /// <exception cref="NaqConfigurationException">It is not one.</exception>
    public static RecordingHead Parse(string? line, string file)
    {
        try
        {
            var head = line is null ? null : JsonSerializer.Deserialize(line, RecordingJson.Default.RecordingHead);
            return head?.Recording == Version ? head : throw Fault(null);
        }
        catch (JsonException e)
        {
            throw Fault(e);
        }

        NaqConfigurationException Fault(Exception? e) => new($"{file} is not a recording of naq autoscale decide --record: its first line says \"recording\":{Version}.", e);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RecordingHead))]
internal sealed partial class RecordingJson : JsonSerializerContext;
