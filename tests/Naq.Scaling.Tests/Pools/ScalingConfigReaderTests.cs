using System.Text;
using Naq.Scaling.Limiters;
using Naq.Scaling.Policies;
using Naq.Scaling.Pools;
using Naq.Scaling.Tests.Policies;

namespace Naq.Scaling.Tests.Pools;

public sealed class ScalingConfigReaderTests
{
    private const string Own = """
        "Autoscaler": { "Interval": "00:00:02", "Pools": {
          "high_priority": { "Min": 5, "Max": 20, "Worker": { "Concurrency": 4 }, "Policies": [ { "Type": "threshold", "Up": 20, "Down": 5, "Target": 10 } ],
            "Provisioner": { "Type": "process" } },
          "batch": { "Queues": ["a", "b"], "Min": 0, "Max": 50, "Worker": { "Concurrency": 8, "MaxMemory": "2GB", "Ttl": "1h30m" },
            "Policies": [ { "Type": "latency", "Share": 0.999, "Within": 5 }, { "Type": "static", "Workers": 3 } ],
            "Limiters": [ { "Type": "rate", "Up": { "Percent": 100, "Workers": 4, "Period": "15s" } }, { "Type": "hold", "Down": "00:05:00" } ] } } }
        """;

    [Theory]
    [InlineData("{ \"Naq\": { \"Broker\": { \"Nats\": {} }, " + Own + " } }")]
    [InlineData("{ " + Own + " }")]
    public void Own_shape_is_read_with_and_without_the_outer_member(string json)
    {
        var config = Read(json);

        Assert.Equal(TimeSpan.FromSeconds(2), config.Interval);
        var (first, second) = (config.Pools[0], config.Pools[1]);
        Assert.Equal(["high_priority"], first.Queues);
        Assert.Equal([new ThresholdPolicy(20, 5, 10, null)], first.Policies);
        Assert.Equal([new HoldLimiter(null, TimeSpan.Zero), OwnerLimiter.Instance, BoundsLimiter.Instance], first.Limiters);
        Assert.Equal(["a", "b"], second.Queues);
        Assert.Equal(new() { Concurrency = 8, MaxMemoryBytes = 2_000_000_000, Ttl = TimeSpan.FromMinutes(90) }, second.Worker);
        Assert.Equal([new LatencyPolicy(0.999, TimeSpan.FromSeconds(5)), new StaticPolicy(3)], second.Policies);
        Assert.Equal(["hold", "rate", "owner", "bounds"], second.Limiters.Select(static l => l.Name));
        Assert.Equal(new HoldLimiter(TimeSpan.FromMinutes(5), TimeSpan.Zero), second.Limiters[0]);
        Assert.Equal([new(100, 4, TimeSpan.FromSeconds(15))], ((RateLimiter)second.Limiters[1]).Up!.Rules);
    }

    [Fact]
    public void Example_is_read_verbatim()
    {
        var pool = Read(ThresholdPolicyTests.ScalingConfig).Pools[2];

        Assert.Equal(("real_time", 10, 30), (pool.Name, pool.Min, pool.Max));
        Assert.Equal([new ThresholdPolicy(5, 0, 0, null)], pool.Policies);
        Assert.Equal(TimeSpan.FromMinutes(5), pool.Policies[0].HoldDown(null));
    }

    [Fact]
    public void All_faults_are_told_at_once_with_what_is_right()
    {
        var error = Fails("""
            { "Autoscaler": { "Intervall": 5, "Pools": {
              "cpu": { "Min": 8, "Max": 4, "Worker": { "Concurrency": 0 }, "Policies": [ { "Type": "latancy", "Within": "soon" } ] },
              "io": { "Min": -1, "Qeues": ["x"], "Limiters": [ { "Type": "memroy" } ], "Policies": [ { "Type": "latency", "Within": "soon", "Share": 1.5 } ] } } } }
            """);

        Assert.Equal(
            [
                "Autoscaler.Pools.cpu.Worker.Concurrency is 0, but must be a whole number of at least 1.",
                "Autoscaler.Pools.cpu.Policies[0].Type 'latancy' is not known. Did you mean latency?",
                "Autoscaler.Pools.cpu.Min (8) is above Max (4). Set Max >= 8 or lower Min.",
                "Autoscaler.Pools.io.Min is -1, but must be a whole number of at least 0.",
                "Autoscaler.Pools.io.Policies[0].Within is \"soon\", but must be a duration such as 300 (seconds), \"5m\", \"1h30m\" or \"00:05:00\".",
                "Autoscaler.Pools.io.Policies[0].Share is 1.5, but must be a number above 0 and at most 0.9999.",
                "Autoscaler.Pools.io.Limiters[0].Type 'memroy' is not known. Did you mean memory?",
                "Autoscaler.Pools.io.Qeues is not known here. Did you mean Queues?",
                "Autoscaler.Intervall is not known here. Did you mean Interval?",
            ],
            error);
    }

    [Theory]
    [InlineData("""{ "q": { "min_workers": 9, "max_workers": 3, "scale_up_threshold": 5, "scale_down_threshold": 1 } }""", "q.min_workers (9) is above max_workers (3). Set max_workers >= 9 or lower min_workers.")]
    [InlineData("""{ "q": { "min_workers": 1, "max_workers": 3, "scale_up_treshold": 5, "scale_down_threshold": 1 } }""", "q.scale_up_threshold is missing.")]
    [InlineData("""{ "q": { "min_workers": 1, "max_workers": "many", "scale_up_threshold": 5, "scale_down_threshold": 1 } }""", "q.max_workers is \"many\", but must be a whole number of at least 1.")]
    [InlineData("""{ "q": { "min_workers": 1, "max_workers": 1e400, "scale_up_threshold": 5, "scale_down_threshold": 1 } }""", "q.max_workers is 1e400, but must be a whole number of at least 1.")]
    [InlineData("""{ "a queue": { "min_workers": 1, "max_workers": 3, "scale_up_threshold": 5, "scale_down_threshold": 1 } }""", "a queue is not a valid pool name: use 1 to 64 letters, digits, '_' or '-', the first a letter or digit.")]
    [InlineData("""{ "q": 7 }""", "q is 7, but must be an object.")]
    [InlineData("""[]""", "The file is a list, but must be an object.")]
    public void Fault_in_the_example_is_told(string json, string fault) => Assert.Contains(fault, Fails(json));

    [Fact]
    public void Not_a_number_is_no_json() => Assert.StartsWith("Line 1: not JSON", Fails("{ \"q\": { \"min_workers\": NaN } }")[0], StringComparison.Ordinal);

    private static ScalingConfig Read(string json) => ScalingConfigReader.Read(Encoding.UTF8.GetBytes(json));

    private static string[] Fails(string json) => Assert.Throws<NaqConfigurationException>(() => Read(json)).Message.Split('\n');
}
