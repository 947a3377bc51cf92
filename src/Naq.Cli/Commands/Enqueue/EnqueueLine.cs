using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Naq.Brokers;
using Naq.Cli.BuiltIns;
using Naq.Cli.Parsing;

namespace Naq.Cli.Commands.Enqueue;

/// <summary>One line of <c>naq enqueue --stdin</c>.</summary>
internal sealed record EnqueueLine
{
    private static readonly string[] Members = ["type", "queue", "payload", "delay", "run_at", "unique", "attempts", "priority", "timeout"];

    public string? Type { get; init; }

    public string? Queue { get; init; }

    public JsonElement? Payload { get; init; }

    public JsonElement? Delay { get; init; }

    public DateTimeOffset? RunAt { get; init; }

    public string? Unique { get; init; }

    public int? Attempts { get; init; }

    public JobPriority? Priority { get; init; }

    public JsonElement? Timeout { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }

    /// <summary>Reads a line into a job; what it leaves open comes from <paramref name="defaults"/>.</summary>
    /// <exception cref="NaqException">The line is not a job; the message says why.</exception>
    public static NewJob Read(ReadOnlySpan<byte> text, EnqueueOptions defaults, TimeProvider time)
    {
        EnqueueLine line;
        try
        {
            line = JsonSerializer.Deserialize(text, EnqueueLineJson.Default.EnqueueLine) ?? throw new JsonException("The line is null.");
        }
        catch (JsonException error)
        {
            throw new JobSerializationException($"not a job: {error.Message}", error);
        }

        return line.ToJob(defaults, time);
    }

    private NewJob ToJob(EnqueueOptions defaults, TimeProvider time)
    {
        if (Unknown is { Count: > 0 })
        {
            var name = Unknown.Keys.First();
            throw new NaqConfigurationException($"unknown member '{name}'.{Nearest.DidYouMean(name, Members)}");
        }

        if (Delay is not null && RunAt is not null)
        {
            throw new NaqConfigurationException("delay and run_at exclude each other.");
        }

        var type = BuiltInJobs.RequireKnown(Type ?? throw new NaqConfigurationException("type is missing."));
        var payload = Payload is { } json ? JsonMarshal.GetRawUtf8Value(json).ToArray() : "{}"u8.ToArray();
        var options = defaults with
        {
            Queue = Queue ?? defaults.Queue,
            Delay = Duration("delay", Delay) ?? (RunAt is null ? defaults.Delay : null),
            RunAt = RunAt ?? (Delay is null ? defaults.RunAt : null),
            Unique = Unique is null ? defaults.Unique : Naq.Unique.By(Unique),
            MaxAttempts = Attempts ?? defaults.MaxAttempts,
            Priority = Priority ?? defaults.Priority,
            Timeout = Duration("timeout", Timeout) ?? defaults.Timeout,
        };
        var job = JobAssembly.Assemble(type, payload, null, options, time);
        BuiltInJobs.RequirePayload(type, payload);
        return job;
    }

    // "5s" as on the command line, or a number of seconds.
    private static TimeSpan? Duration(string member, JsonElement? value)
    {
        if (value is not { } element)
        {
            return null;
        }

        if (element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out var seconds) && Math.Abs(seconds) < TimeSpan.MaxValue.TotalSeconds)
        {
            return TimeSpan.FromSeconds(seconds);
        }

        return element.ValueKind == JsonValueKind.String && Quantities.TryParseDuration(element.GetString()!, out var parsed)
            ? parsed
            : throw new NaqConfigurationException($"{member} {element.GetRawText()} is not a duration: use \"5m\" or seconds.");
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, AllowDuplicateProperties = false, UseStringEnumConverter = true)]
[JsonSerializable(typeof(EnqueueLine))]
internal sealed partial class EnqueueLineJson : JsonSerializerContext;
