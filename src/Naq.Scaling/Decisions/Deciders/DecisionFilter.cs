using System.Text.Json;
using System.Text.Json.Serialization;

namespace Naq.Scaling.Decisions.Deciders;

/// <summary>The decision engine as a filter: JSON lines in, JSON lines out, for anyone's orchestrator, simulator or test.</summary>
/// <param name="make">Makes the decider of a pool; a wrong pool is a <see cref="NaqConfigurationException"/>.</param>
/// <remarks>A line that cannot be understood is answered with <c>{"error": …}</c>, and the engine goes on. One pool at a time; another init begins anew.</remarks>
internal sealed class DecisionFilter(Func<DeciderInit, IDecider> make) : IDisposable
{
    private IDecider? _decider;

    /// <summary>The answer to a line.</summary>
    public string Answer(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            return (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("type", out var type) ? type.GetString() : null) switch
            {
                "init" => Begin(root.Deserialize(DeciderJson.Default.DeciderInit)!), // an object is never null
                "obs" => Decide(root.Deserialize(DeciderJson.Default.DeciderObservation)!),
                var other => Error(other is null ? "a line is an object with a type: init or obs." : $"type '{other}' is not init or obs."),
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NaqConfigurationException)
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
        _decider = make(init.History.Count == 0 && init.HistoryBinS <= 0 ? init with { HistoryBinS = 60 } : init);
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
        Require(init.SloWaitS > 0, $"slo_wait_s ({init.SloWaitS}) must be above 0");
        Require(init.SloTarget is > 0 and < 1, $"slo_target ({init.SloTarget}) must be between 0 and 1");
        Require(init.IntervalS > 0, $"interval_s ({init.IntervalS}) must be above 0");
        Require(init.ColdStartS >= 0 && init.MetricLagS >= 0, "cold_start_s and metric_lag_s must be 0 or more");
        Require(init.Concurrency >= 1, $"concurrency ({init.Concurrency}) must be 1 or more");
        Require(init.MinWorkers >= 0 && init.InitialWorkers >= 0, "min_workers and initial_workers must be 0 or more");
        Require(init.MinWorkers <= init.MaxWorkers, $"min_workers ({init.MinWorkers}) is above max_workers ({init.MaxWorkers})");
        Require(init.History.Count == 0 || init.HistoryBinS > 0, $"history_bin_s ({init.HistoryBinS}) must be above 0");
        Require(init.History.All(static h => double.IsFinite(h) && h >= 0), "history holds counts of 0 or more");
        Require(
            double.IsFinite(init.SloWaitS + init.IntervalS + init.ColdStartS + init.MetricLagS + init.Epoch + init.HistoryEpoch), "a number is not finite");
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

        Require(seen is { Desired: >= 0, WorkersStarting: >= 0, WorkersReady: >= 0, WorkersDraining: >= 0 }, "workers must be 0 or more");
        Require(seen is not { QueueDepth: < 0 } and not { InFlight: < 0 }, "queue_depth and in_flight must be 0 or more");
    }

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
