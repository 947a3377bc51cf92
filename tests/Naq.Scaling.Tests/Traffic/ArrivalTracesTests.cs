using Naq.Scaling.Traffic;

namespace Naq.Scaling.Tests.Traffic;

public sealed class ArrivalTracesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("naq-traces-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("azure_llm_code", 0, 8_819)]
    [InlineData("ec2_network_in", 15_840, 50_732)]
    [InlineData("nyc_taxi", 40_320, 84_870)]
    [InlineData("synthetic_cron_hourly", 17_280, 21_424)]
    [InlineData("synthetic_step", 0, 70_531)]
    [InlineData("tweets_aapl", 14_400, 159_737)]
    [InlineData("wc98_opening", 12_960, 148_539)]
    public void Embedded_traces_are_whole(string name, int historyBins, int jobs)
    {
        var trace = ArrivalTraces.Load(name);

        Assert.Contains(name, ArrivalTraces.Names);
        Assert.Equal((historyBins, jobs), (trace.History.Count, (int)trace.Played.Sum()));
    }

    [Fact]
    public void A_name_that_is_not_there_is_refused_with_those_that_are()
    {
        var error = Assert.Throws<NaqConfigurationException>(() => ArrivalTraces.Load("wc99"));

        Assert.Contains("wc98_opening", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_with_a_file_beside_it_says_when_it_was_and_what_is_history()
    {
        File.WriteAllText(Path.Combine(_folder, "own.json"), """{"epoch": 1000000, "history_s": 120, "other": "x"}""");

        var trace = ArrivalTraces.ReadFile(Write("# a comment\nt_seconds,arrivals\n0,1\n60,2\n120,3\n180,4\n"));

        Assert.Equal(("own", 60, 1_000_120), (trace.Name, trace.BinSeconds, trace.PlayedEpoch));
        Assert.Equal([1, 2], trace.History);
        Assert.Equal([3, 4], trace.Played);
    }

    [Theory]
    [InlineData("t_seconds,arrivals\n0,1\n", "at least two lines")]
    [InlineData("0,1\n60,-1\n", "line 2")]
    [InlineData("0,1\n60\n", "line 2")]
    [InlineData("a,b\n0,1\n60,1", "line 1")]
    [InlineData("0,1\n60,1\n90,1\n", "line 3")]
    [InlineData("0,1\n60,1\nNaN,1\n", "line 3")]
    [InlineData("0,2000000000\n1,2000000000\n", "too much")]
    public void A_file_that_is_no_trace_is_refused_with_its_line(string text, string what)
    {
        var error = Assert.Throws<NaqConfigurationException>(() => ArrivalTraces.ReadFile(Write(text)));

        Assert.Contains(what, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("""{"history_s": "long"}""")]
    [InlineData("""{"history_s": -1}""")]
    [InlineData("""{"history_s": 1e9}""")]
    [InlineData("""{"epoch": 1e300}""")]
    public void A_file_beside_it_that_says_nonsense_is_refused(string json)
    {
        File.WriteAllText(Path.Combine(_folder, "own.json"), json);

        var error = Assert.Throws<NaqConfigurationException>(() => ArrivalTraces.ReadFile(Write("0,1\n60,2\n")));

        Assert.Contains("own.json", error.Message, StringComparison.Ordinal);
    }

    private string Write(string text)
    {
        var path = Path.Combine(_folder, "own.csv");
        File.WriteAllText(path, text);
        return path;
    }
}
