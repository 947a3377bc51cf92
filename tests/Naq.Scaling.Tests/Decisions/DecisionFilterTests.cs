using Naq.Scaling.Decisions.Deciders;

namespace Naq.Scaling.Tests.Decisions;

public sealed class DecisionFilterTests : IDisposable
{
    private const string Init = """{"type":"init","version":1,"cold_start_s":2,"slo_wait_s":10,"slo_target":0.99,"interval_s":5,"metric_lag_s":1,"concurrency":1,"min_workers":1,"max_workers":100,"initial_workers":2,"epoch":1700000000,"history_bin_s":60,"history_epoch":1700000000,"history":[],"later":true}""";

    private readonly DecisionFilter _filter =
        new(static init => new EngineDecider(A.Pool(new LatencyPolicy(init.SloTarget, TimeSpan.FromSeconds(init.SloWaitS))), init));

    public void Dispose() => _filter.Dispose();

    [Fact]
    public void A_pool_is_answered_and_each_observation_decided()
    {
        Assert.Equal("""{"type":"ready","version":1}""", _filter.Answer(Init));
        Assert.Matches("""^\{"desired":\d+,"reasons":\["[a-z_]+"(,"[a-z_]+")*\]\}$""", _filter.Answer(Observation(5, queue: 500)));
        Assert.StartsWith("""{"desired":100,""", _filter.Answer(Observation(10, queue: 5000)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_gap_holds()
    {
        _ = _filter.Answer(Init);

        var answer = _filter.Answer("""{"type":"obs","t":5,"epoch":1700000005,"sampled_at":null,"stale":true,"desired":7,"workers_starting":0,"workers_ready":7,"workers_draining":0,"queue_depth":null}""");

        Assert.Equal("""{"desired":7,"reasons":["metric_gap"]}""", answer);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("{", "")]
    [InlineData("[]", "type")]
    [InlineData("{\"type\":3}", "type")]
    [InlineData("{\"type\":\"stop\"}", "stop")]
    [InlineData("{\"type\":\"obs\",\"t\":1}", "obs before init")]
    [InlineData("{\"type\":\"init\",\"concurrency\":0}", "concurrency")]
    [InlineData("{\"type\":\"init\",\"min_workers\":9,\"max_workers\":3}", "min_workers (9) is above max_workers (3)")]
    [InlineData("{\"type\":\"init\",\"slo_wait_s\":-1}", "slo_wait_s")]
    [InlineData("{\"type\":\"init\",\"slo_target\":1}", "slo_target")]
    [InlineData("{\"type\":\"init\",\"interval_s\":\"NaN\"}", "")]
    [InlineData("{\"type\":\"init\",\"interval_s\":1e999}", "")]
    [InlineData("{\"type\":\"init\",\"slo_wait_s\":1e300}", "must be within 0.001 to 100000000")]
    [InlineData("{\"type\":\"init\",\"concurrency\":0.5}", "member concurrency is of the wrong kind")]
    [InlineData("{\"type\":\"init\",\"max_workers\":100000000}", "max_workers (100000000)")]
    [InlineData("{\"type\":\"init\",\"history\":[1],\"history_bin_s\":1e-300}", "history_bin_s")]
    [InlineData("{\"type\":\"init\",\"version\":2}", "version 2")]
    [InlineData("{\"type\":\"init\",\"history\":[-1]}", "history")]
    [InlineData("{\"type\":\"init\",\"history\":[1],\"history_bin_s\":0}", "history_bin_s")]
    public void What_cannot_be_understood_is_answered_and_the_engine_goes_on(string line, string what)
    {
        var answer = _filter.Answer(line);

        Assert.StartsWith("""{"error":""", answer, StringComparison.Ordinal);
        Assert.Contains(what, answer, StringComparison.Ordinal);
        Assert.Contains("ready", _filter.Answer(Init), StringComparison.Ordinal);
        Assert.Contains("error", _filter.Answer("""{"type":"obs","t":5,"queue_depth":-4,"sampled_at":4}"""), StringComparison.Ordinal);
        Assert.Contains("desired", _filter.Answer(Observation(5, queue: 3)), StringComparison.Ordinal);
    }

    /// <summary>Members left out, of the wrong kind or out of all bounds, and lines cut short: one answer each, and never the end.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Thousands_of_spoilt_lines_get_an_answer_each(int seed)
    {
        var random = new Random(seed);
        string[] spoilt = ["null", "-1", "0", "1e308", "1e999", "\"x\"", "[]", "{}", "true", "9007199254740993", "0.5", "1e-300", "[[["];
        _ = _filter.Answer(Init);
        for (var n = 1; n <= 2000; n++)
        {
            var line = random.Next(10) == 0 ? Init : Observation(5 * n, queue: n % 30);
            var members = line.Split(',');
            for (var times = random.Next(3); times > 0; times--)
            {
                var index = random.Next(1, members.Length);
                members[index] = members[index].Split(':')[0] + ":" + spoilt[random.Next(spoilt.Length)] + (index == members.Length - 1 ? "}" : "");
            }

            var text = string.Join(',', members);
            var answer = _filter.Answer(random.Next(20) == 0 ? text[..random.Next(text.Length)] : text);

            Assert.Matches("""^\{"(error|type|desired)":.+\}$""", answer);
        }

        _ = _filter.Answer(Init);
        Assert.Contains("desired", _filter.Answer(Observation(5, queue: 3)), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_lines_give_the_same_answers()
    {
        string[] lines = [Init, .. Enumerable.Range(1, 200).Select(static n => Observation(5 * n, queue: n * n % 97))];
        var first = lines.Select(_filter.Answer).ToList();

        Assert.Equal(first, lines.Select(_filter.Answer));
    }

    [Theory]
    [InlineData(5, false)]
    [InlineData(60, false)]
    [InlineData(65, true)]
    [InlineData(3600, true)]
    public void A_sample_of_more_than_a_minute_ago_is_a_gap(int age, bool isGap)
    {
        _ = _filter.Answer(Init);
        _ = _filter.Answer(Observation(4000, queue: 3));

        var answer = _filter.Answer(Observation(4000 + age, queue: 3, sampledAt: 3999));

        Assert.Equal(isGap, answer.Contains("metric_gap", StringComparison.Ordinal));
    }

    /// <summary>Read as the present, its counters would look as if they had begun anew.</summary>
    [Fact]
    public void A_sample_that_comes_late_is_answered_as_one_that_comes_twice()
    {
        string[] before = [Init, .. Enumerable.Range(1, 40).Select(static n => Observation(5 * n, queue: 20 + n))];
        string[] after = [.. Enumerable.Range(42, 40).Select(static n => Observation(5 * n, queue: 20 + n))];

        string[] twice = [.. before.Append(Observation(205, queue: 60, sampledAt: 199)).Concat(after).Select(_filter.Answer)];
        string[] late = [.. before.Append(Observation(205, queue: 25, sampledAt: 24)).Concat(after).Select(_filter.Answer)];

        Assert.Equal(twice, late);
    }

    private static string Observation(int t, int queue) => Observation(t, queue, t - 1);

    private static string Observation(int t, int queue, int sampledAt) =>
        $$"""{"type":"obs","t":{{t}},"epoch":{{1700000000 + t}},"sampled_at":{{sampledAt}}.0,"stale":false,"desired":2.0,"workers_starting":0,"workers_ready":2,"workers_draining":0,"queue_depth":{{queue}},"oldest_age":1.5,"in_flight":2,"arrived_total":{{queue + sampledAt}},"completed_total":{{sampledAt}},"failed_total":0,"svc_count":{{t}},"svc_sum":{{4 * t}},"svc_sumsq":{{32 * t}},"wait_max_recent":1,"started_recent":3,"started_total":{{t}},"started_late_total":0}""";
}
