using System.Text.Json;
using System.Text.Json.Serialization;

namespace Naq.Scaling.Decisions.Deciders;

/// <summary>The decision engine as a filter: JSON lines in, JSON lines out, for anyone's orchestrator, simulator or test.</summary>
/// <param name="make">Makes the decider of a pool; a wrong pool is a <see cref="NaqConfigurationException"/>.</param>
/// <remarks>A line that cannot be understood is answered with <c>{"error": …}</c>, and the engine goes on. One pool at a time; another init begins anew.</remarks>
internal sealed class DecisionFilter(Func<DeciderInit, IDecider> make) : IDisposable
{
    /// <summary>No pool waits for years, and no pool has a million workers: whoever says so has mixed up units.</summary>
    private const double MostSeconds = 1e8;
    private const double LatestEpoch = 1e11;
    private const double MostWorkers = 1e6;

    private IDecider? _decider;

    /// <summary>The answer to a line.</summary>
    public string Answer(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            var isTyped = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String;
            return (isTyped ? root.GetProperty("type").GetString() : null) switch
            {
                "init" => Begin(root.Deserialize(DeciderJson.Default.DeciderInit)!), // an object is never null
                "obs" => Decide(root.Deserialize(DeciderJson.Default.DeciderObservation)!),
                var other => Error(other is null ? "a line is an object with a type: init or obs." : $"type '{other}' is not init or obs."),
            };
        }
        catch (JsonException e)
        {
            return Error(e.Path is { Length: > 2 } path ? $"member {path[2..]} is of the wrong kind or too large." : $"not JSON: {e.Message}");
        }
        catch (NaqConfigurationException e)
        {
            return Error(e.Message);
        }
    }

    public void Dispose() => _decider?.Dispose();

    private string Begin(DeciderInit init)
    {
        Check(init);
        _decider?.Dispose();
        _decider = null;
        _decider = make(init.History.Count == 0 && init.HistoryBinS is not (>= 0.001 and <= MostSeconds) ? init with { HistoryBinS = 60 } : init);
        return JsonSerializer.Serialize(new("ready", init.Version), FilterJson.Default.FilterReady);
    }

    private string Decide(DeciderObservation seen)
    {
        if (_decider is null)
        {
            return Error("obs before init: the first line is the pool's.");
        }

        Check(seen);
        return JsonSerializer.Serialize(_decider.Decide(seen), DeciderJson.Default.DeciderAnswer);
    }

    private static void Check(DeciderInit init)
    {
        init.History ??= []; // JSON null
        Require(init.Version == 1, $"version {init.Version} is not known: 1");
        Require(init.SloWaitS is >= 0.001 and <= MostSeconds, $"slo_wait_s ({init.SloWaitS}) must be within 0.001 to {MostSeconds}");
        Require(init.SloTarget is > 0 and < 1, $"slo_target ({init.SloTarget}) must be between 0 and 1");
        Require(init.IntervalS is >= 0.001 and <= MostSeconds, $"interval_s ({init.IntervalS}) must be within 0.001 to {MostSeconds}");
        Require(init.ColdStartS is >= 0 and <= MostSeconds, $"cold_start_s ({init.ColdStartS}) must be within 0 to {MostSeconds}");
        Require(init.MetricLagS is >= 0 and <= MostSeconds, $"metric_lag_s ({init.MetricLagS}) must be within 0 to {MostSeconds}");
        Require(init.Concurrency is >= 1 and <= (int)MostWorkers, $"concurrency ({init.Concurrency}) must be within 1 to {MostWorkers}");
        Require(init.MinWorkers >= 0, $"min_workers ({init.MinWorkers}) must be 0 or more");
        Require(init.InitialWorkers is >= 0 and <= (int)MostWorkers, $"initial_workers ({init.InitialWorkers}) must be within 0 to {MostWorkers}");
        Require(init.MinWorkers <= init.MaxWorkers, $"min_workers ({init.MinWorkers}) is above max_workers ({init.MaxWorkers})");
        Require(init.MaxWorkers <= MostWorkers, $"max_workers ({init.MaxWorkers}) must be {MostWorkers} or less");
        Require(
            init.History.Count == 0 || init.HistoryBinS is >= 0.001 and <= MostSeconds,
            $"history_bin_s ({init.HistoryBinS}) must be within 0.001 to {MostSeconds}");
        Require(init.History.All(static h => h is >= 0 and < 1e12), "history holds counts of 0 or more");
        Require(IsEpoch(init.Epoch) && IsEpoch(init.HistoryEpoch), "epoch and history_epoch are Unix seconds");
    }

    private static void Check(DeciderObservation seen)
    {
        ReadOnlySpan<double?> numbers =
        [
            seen.T, seen.Epoch, seen.SampledAt, seen.QueueDepth, seen.OldestAge, seen.InFlight, seen.ArrivedTotal, seen.CompletedTotal,
            seen.FailedTotal, seen.SvcCount, seen.SvcSum, seen.SvcSumsq, seen.StartedTotal, seen.StartedLateTotal,
        ];
        foreach (var number in numbers)
        {
            Require(number is null || (double.IsFinite(number.Value) && Math.Abs(number.Value) < 1e15), "a number is not finite");
        }

        Require(IsEpoch(seen.Epoch) && IsEpoch(seen.T) && IsEpoch(seen.SampledAt ?? 0), "t, sampled_at and epoch are seconds");
        ReadOnlySpan<int> workers = [seen.Desired, seen.WorkersStarting, seen.WorkersReady, seen.WorkersDraining];
        foreach (var number in workers)
        {
            Require(number is >= 0 and <= (int)MostWorkers, $"{number} workers: their number must be within 0 to {MostWorkers}");
        }

        Require(seen is not { QueueDepth: < 0 } and not { InFlight: < 0 }, "queue_depth and in_flight must be 0 or more");
    }

    private static bool IsEpoch(double seconds) => Math.Abs(seconds) <= LatestEpoch;

    private static void Require(bool isRight, string what)
    {
        if (!isRight)
        {
            throw new NaqConfigurationException(what + ".");
        }
    }

    private static string Error(string what) => JsonSerializer.Serialize(new(Printable.Escape(what)), FilterJson.Default.FilterError);
}

/// <summary>The answer to an init.</summary>
internal sealed record FilterReady(string Type, int Version);

/// <summary>The answer to a line that was not understood.</summary>
internal sealed record FilterError(string Error);

/// <summary>Takes <c>4.0</c> for 4: not every language tells them apart.</summary>
internal sealed class WholeNumber : JsonConverter<int>
{
    public override int Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var number) && number == Math.Floor(number) && Math.Abs(number) < 1e9)
        {
            return (int)number;
        }

        throw new JsonException("must be a whole number.");
    }

    public override void Write(Utf8JsonWriter writer, int value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(FilterReady))]
[JsonSerializable(typeof(FilterError))]
internal sealed partial class FilterJson : JsonSerializerContext;
