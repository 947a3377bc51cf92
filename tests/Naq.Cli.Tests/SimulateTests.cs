using System.Diagnostics;
using System.Text.Json;
using Naq.Tests;

namespace Naq.Cli.Tests;

/// <summary>Simulations, forecasts and the decision filter as a user runs them.</summary>
public sealed class SimulateTests : IDisposable
{
    private const string Init = """{"type":"init","version":1,"cold_start_s":2,"slo_wait_s":10,"slo_target":0.99,"interval_s":5,"metric_lag_s":1,"concurrency":1,"min_workers":1,"max_workers":100,"initial_workers":2,"epoch":0,"history_bin_s":60,"history_epoch":0,"history":[]}""";

    private const string Observation = """{"type":"obs","t":5,"epoch":5,"sampled_at":4,"stale":false,"desired":2,"workers_starting":0,"workers_ready":2,"workers_draining":0,"queue_depth":90,"oldest_age":3,"in_flight":2,"arrived_total":92,"completed_total":0,"failed_total":0,"svc_count":0,"svc_sum":0,"svc_sumsq":0,"started_total":2,"started_late_total":0}""";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private readonly Terminal _terminal = new();

    public void Dispose() => _terminal.Dispose();

    [Fact]
    public async Task A_shape_is_played_against_policies_baselines_and_a_program()
    {
        string[] args = ["simulate", "--shape", "sine:mean=3,peak=5,period=1h,for=2h", "--policy", "latency+budget", "--baseline", "knative:1", "static:9", "-o", "json", "--chart", "run.svg"];
        var first = await _terminal.RunAsync(args);
        var chart = await File.ReadAllTextAsync(Path.Combine(_terminal.Folder, "run.svg"), Ct);
        var again = await _terminal.RunAsync(args);

        Assert.True(first.Code == 0, first.Error);
        Assert.Equal(first.Out, again.Out);
        Assert.Equal(chart, await File.ReadAllTextAsync(Path.Combine(_terminal.Folder, "run.svg"), Ct));
        Assert.StartsWith("<", chart, StringComparison.Ordinal);
        Assert.Contains("</svg>", chart, StringComparison.Ordinal);
        using var rows = JsonDocument.Parse(first.Out);
        Assert.Equal(["latency+budget", "knative:1", "static:9"], rows.RootElement.EnumerateArray().Select(static r => r.GetProperty("policy").GetString()));
        Assert.All(rows.RootElement.EnumerateArray(), static r => Assert.InRange(r.GetProperty("cost_over_floor").GetDouble(), 0.5, 3));
    }

    [Fact]
    public async Task Two_results_are_compared_figure_by_figure()
    {
        foreach (var (file, policy) in new[] { ("a.json", "latency"), ("b.json", "calm") })
        {
            var said = await _terminal.RunAsync("simulate", "--shape", "poisson:for=1h", "--policy", policy, "-o", "json");
            await File.WriteAllTextAsync(Path.Combine(_terminal.Folder, file), said.Out.Replace("calm", "latency", StringComparison.Ordinal), Ct);
        }

        var same = await _terminal.RunAsync("scale", "diff", "a.json", "a.json", "-o", "json");
        var other = await _terminal.RunAsync("scale", "diff", "a.json", "b.json", "-o", "json");

        Assert.Equal((0, "[]"), (same.Code, same.Out.Trim()));
        Assert.Equal(1, other.Code);
        Assert.Contains("actions_per_hour", other.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recorded_run_is_decided_again_byte_for_byte()
    {
        string[] lines = [Init, .. Enumerable.Range(1, 50).Select(static n => Observation
            .Replace("\"t\":5,\"epoch\":5,\"sampled_at\":4", $"\"t\":{5 * n},\"epoch\":{5 * n},\"sampled_at\":{(5 * n) - 1}", StringComparison.Ordinal)
            .Replace("\"arrived_total\":92", $"\"arrived_total\":{92 + (10 * n)}", StringComparison.Ordinal))];
        var decided = await _terminal.RunAsync(string.Join('\n', lines), ["autoscale", "decide", "--stdio", "--record", "run.ndjson"], Ct);
        var same = await _terminal.RunAsync("scale", "replay", "--recording", "run.ndjson");
        var other = await _terminal.RunAsync("scale", "replay", "--recording", "run.ndjson", "--policy", "static");

        Assert.Equal((0, 51), (decided.Code, decided.OutLines.Length));
        Assert.Equal((0, "51 answers, all as they were"), (same.Code, same.Out.Trim()));
        Assert.Equal(1, other.Code);
        Assert.StartsWith("line 5: was {", other.Out, StringComparison.Ordinal);
    }

    /// <summary>A recording knows who decided, so it is replayed without saying so again, and its arrivals can be tried on others.</summary>
    [Fact]
    public async Task A_recording_keeps_who_decided_and_what_arrived()
    {
        await File.WriteAllTextAsync(Path.Combine(_terminal.Folder, "naq.json"), """{"Naq":{"Autoscaler":{"Pools":{"cpu":{"Policies":[{"Type":"threshold","Up":40,"Down":3}]}}}}}""", Ct);
        string[] lines = [Init, .. Enumerable.Range(1, 400).Select(static n => Busy(n, queue: n * 7 % 60))];
        var input = string.Join('\n', lines);
        string[][] deciders = [["--config", "naq.json", "--record", "pool.ndjson"], ["--policy", "threshold:up=20,down=3", "--record", "text.ndjson"]];
        foreach (var decider in deciders)
        {
            Assert.Equal(0, (await _terminal.RunAsync(input, ["autoscale", "decide", "--stdio", .. decider], Ct)).Code);
        }

        File.Delete(Path.Combine(_terminal.Folder, "naq.json"));
        var pool = await _terminal.RunAsync("scale", "replay", "--recording", "pool.ndjson");
        var text = await _terminal.RunAsync("scale", "replay", "--recording", "text.ndjson");
        var same = await _terminal.RunAsync("scale", "diff", "pool.ndjson", "pool.ndjson", "-o", "json");
        var other = await _terminal.RunAsync("scale", "diff", "pool.ndjson", "text.ndjson", "-o", "ndjson");
        var played = await _terminal.RunAsync("simulate", "--record", "text.ndjson", "--policy", "latency", "latency:preset=calm", "-o", "ndjson");

        Assert.Equal((0, "401 answers, all as they were"), (pool.Code, pool.Out.Trim()));
        Assert.Equal((0, "401 answers, all as they were"), (text.Code, text.Out.Trim()));
        Assert.Equal((0, "[]"), (same.Code, same.Out.Trim()));
        Assert.Equal(1, other.Code);
        Assert.Matches(""""figure":"actions","before":"\d+","after":"\d+","change":-?\d+"""", other.Out);
        Assert.True(played.Code == 0, played.Error);
        using var first = JsonDocument.Parse(played.OutLines[0]);
        Assert.Equal(("text", "recorded", 4050), (first.RootElement.GetProperty("trace").GetString(), first.RootElement.GetProperty("profile").GetString(), first.RootElement.GetProperty("jobs").GetInt32()));
        Assert.Equal(2, played.OutLines.Length);
    }

    [Theory]
    [InlineData("threshold:up=5,downn=3", "Policy threshold.downn is not known here. Did you mean Down?")]
    [InlineData("threshold:up=x,down=3", "Policy threshold.up is \"x\", but must be a whole number")]
    [InlineData("threshold:up", "'up' is not a setting: write name=value")]
    [InlineData("latency:preset=cool", "Policy latency.Preset 'cool' is not known. Known: calm, normal, strict.")]
    [InlineData("latancy:within=3", "Policy 'latancy' is not known. Did you mean latency?")]
    public async Task A_wrong_setting_of_a_policy_is_refused_by_its_name(string policy, string expected)
    {
        var said = await _terminal.RunAsync("simulate", "--policy", policy);

        Assert.Equal(2, said.Code);
        Assert.Contains(expected, said.Error, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("simulate", "--record", "nowhere.ndjson")]
    [InlineData("scale", "replay", "--recording", "nowhere.ndjson")]
    [InlineData("scale", "diff", "nowhere.ndjson", "nowhere.ndjson")]
    [InlineData("simulate", "--record", "a.txt")]
    [InlineData("simulate", "--record", "short.ndjson")]
    [InlineData("simulate", "--shape", "poisson", "--trace", "nyc_taxi")]
    public async Task What_cannot_be_played_is_one_line(params string[] args)
    {
        await File.WriteAllTextAsync(Path.Combine(_terminal.Folder, "a.txt"), "hello\n", Ct);
        await File.WriteAllTextAsync(Path.Combine(_terminal.Folder, "short.ndjson"), "{\"recording\":1,\"policy\":\"auto\"}\n" + Init + "\n{\"type\":\"ready\",\"version\":1}\n", Ct);

        var said = await _terminal.RunAsync(args);

        Assert.Equal(2, said.Code);
        Assert.Single(said.ErrorLines);
    }

    /// <summary>Each line is answered at once, the end of the input is the end of the program, and its simulator can run another naq.</summary>
    [Fact]
    public async Task The_filter_runs_as_a_program_and_inside_the_simulator()
    {
        var program = NaqProgram.Path;
        var start = new ProcessStartInfo(program, ["autoscale", "decide", "--stdio"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, WorkingDirectory = _terminal.Folder,
        };
        using var filter = Process.Start(start)!;
        foreach (var (line, expected) in new[]
        {
            ("{", "{\"error\":"), (Observation, "{\"error\":\"obs before init"), (Init, "{\"type\":\"ready\""), (Observation, "{\"desired\":"),
            (Init.Replace("\"concurrency\":1", "\"concurrency\":0", StringComparison.Ordinal), "{\"error\":\"concurrency (0)"), (Observation, "{\"desired\":"),
        })
        {
            await filter.StandardInput.WriteLineAsync(line.AsMemory(), Ct);
            await filter.StandardInput.FlushAsync(Ct);
            Assert.StartsWith(expected, await filter.StandardOutput.ReadLineAsync(Ct), StringComparison.Ordinal);
        }

        filter.StandardInput.Close();
        await filter.WaitForExitAsync(Ct);
        Assert.Equal(0, filter.ExitCode);

        var said = await _terminal.RunAsync("simulate", "--shape", "step:at=10m,back=20m,for=1h", "--decider", $"{program} autoscale decide --stdio", "-o", "ndjson");
        Assert.True(said.Code == 0, said.Error);
        Assert.Equal(said.OutLines[0], said.OutLines[1].Replace("\"decider\"", "\"latency\"", StringComparison.Ordinal));
    }

    /// <summary>Two jobs a second, and so many of them waiting.</summary>
    private static string Busy(int n, int queue) => Observation
        .Replace("\"t\":5,\"epoch\":5,\"sampled_at\":4", $"\"t\":{5 * n},\"epoch\":{5 * n},\"sampled_at\":{(5 * n) - 1}", StringComparison.Ordinal)
        .Replace("\"queue_depth\":90", $"\"queue_depth\":{queue}", StringComparison.Ordinal)
        .Replace("\"arrived_total\":92,\"completed_total\":0", $"\"arrived_total\":{50 + (10 * n)},\"completed_total\":{10 * n}", StringComparison.Ordinal)
        .Replace("\"svc_count\":0,\"svc_sum\":0,\"svc_sumsq\":0", $"\"svc_count\":{10 * n},\"svc_sum\":{20 * n},\"svc_sumsq\":{80 * n}", StringComparison.Ordinal);

    [Fact]
    public async Task A_pool_of_a_file_decides_instead()
    {
        await File.WriteAllTextAsync(Path.Combine(_terminal.Folder, "scaling.json"), """
            { "high": { "min_workers": 1, "max_workers": 20, "target_queue_depth": 10, "scale_up_threshold": 20, "scale_down_threshold": 5 },
              "low": { "min_workers": 1, "max_workers": 20, "target_queue_depth": 10, "scale_up_threshold": 200, "scale_down_threshold": 5 } }
            """, Ct);

        var high = await _terminal.RunAsync(Init + "\n" + Observation, ["autoscale", "decide", "--stdio", "--config", "scaling.json", "--pool", "high"], Ct);
        var low = await _terminal.RunAsync(Init + "\n" + Observation, ["autoscale", "decide", "--stdio", "--config", "scaling.json", "--pool", "low"], Ct);
        var none = await _terminal.RunAsync(Init, ["autoscale", "decide", "--stdio", "--config", "scaling.json"], Ct);

        Assert.Equal("""{"desired":10,"reasons":["threshold"]}""", high.OutLines[1]);
        Assert.Equal("""{"desired":2,"reasons":["threshold"]}""", low.OutLines[1]);
        Assert.Equal(2, none.Code);
        Assert.Contains("name one with --pool: high, low", none.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forecasts_of_a_trace_are_compared_with_same_as_now()
    {
        var said = await _terminal.RunAsync("forecast", "--backtest", "--trace", "nyc_taxi", "-o", "json");

        Assert.True(said.Code == 0, said.Error);
        using var rows = JsonDocument.Parse(said.Out);
        Assert.InRange(rows.RootElement[0].GetProperty("wape_ratio").GetDouble(), 0.1, 0.8);
        Assert.Equal(4, (await _terminal.RunAsync("forecast", "cpu")).Code);
        Assert.Equal(4, (await _terminal.RunAsync("scale", "replay")).Code);
    }
}
