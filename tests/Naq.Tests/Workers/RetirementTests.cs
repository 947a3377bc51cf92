using Microsoft.Extensions.Time.Testing;
using Naq.Workers;

namespace Naq.Tests.Workers;

public sealed class RetirementTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("naq-groups-").FullName;
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_worker_leaves_for_its_age()
    {
        var retirement = new Retirement(new(), TimeSpan.FromMinutes(5), null, _time);
        Assert.Null(retirement.Reason(0, 0));

        _time.Advance(TimeSpan.FromMinutes(5.1));

        Assert.Equal("age", retirement.Reason(0, 0));
    }

    [Theory]
    [InlineData(9, null)]
    [InlineData(10, "number of jobs")]
    public void A_worker_leaves_after_its_jobs(long jobs, string? reason) =>
        Assert.Equal(reason, new Retirement(new() { MaxJobs = 10 }, null, null, _time).Reason(jobs, long.MaxValue));

    [Theory]
    [InlineData(269, null, false)]
    [InlineData(270, "memory", false)]
    [InlineData(299, "memory", false)]
    [InlineData(300, "memory", true)]
    public void A_worker_asks_for_a_replacement_at_nine_tenths_and_leaves_at_the_limit(long resident, string? reason, bool isOver)
    {
        var retirement = new Retirement(new() { MaxMemoryBytes = 300 }, null, null, _time);
        retirement.Begin(100);

        Assert.Equal((reason, isOver), (retirement.Reason(0, resident), retirement.IsOverLimit(resident)));
    }

    [Fact]
    public void A_control_group_with_less_counts()
    {
        var retirement = new Retirement(new() { MaxMemoryBytes = 300 }, null, 200, _time);

        Assert.Equal(("memory", 200L), (retirement.Reason(0, 180), retirement.MemoryLimit));
    }

    [Fact]
    public void Without_a_limit_of_its_own_a_worker_grows_as_it_likes() =>
        Assert.Null(new Retirement(new(), null, 200, _time).Reason(long.MaxValue, long.MaxValue));

    [Fact]
    public void A_worker_that_begins_near_its_limit_stays()
    {
        var retirement = new Retirement(new() { MaxMemoryBytes = 100 }, null, null, _time);

        retirement.Begin(95);

        Assert.True(retirement.IsTooLargeFromTheStart);
        Assert.Null(retirement.Reason(0, 1000));
        Assert.False(retirement.IsOverLimit(1000));
    }

    [Fact]
    public void The_smallest_limit_on_the_way_up_counts_in_version_2()
    {
        Write("pod/memory.max", "500000\n");
        Write("pod/naq/memory.max", "max\n");
        Write("memory.max", "900000\n");

        Assert.Equal(500_000, Limit("0::/pod/naq"));
    }

    [Fact]
    public void The_smallest_limit_on_the_way_up_counts_in_version_1()
    {
        Write("memory/memory.limit_in_bytes", "9223372036854771712\n");
        Write("memory/a/memory.limit_in_bytes", "700000\n");
        Write("memory/a/b/memory.limit_in_bytes", "800000\n");

        Assert.Equal(700_000, Limit("4:memory:/a/b", "3:cpu,cpuacct:/x"));
    }

    [Fact]
    public void A_path_outside_of_what_is_mounted_leaves_the_root_to_be_read()
    {
        Write("memory.max", "123456\n");

        Assert.Equal(123_456, Limit("0::/../../somewhere/else"));
    }

    [Theory]
    [InlineData("0::/")]
    [InlineData("nonsense")]
    [InlineData("1:name=systemd:/")]
    public void Without_a_limit_there_is_none(string own) => Assert.Null(Limit(own));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private long? Limit(params string[] own)
    {
        var file = Path.Combine(_folder, "self");
        File.WriteAllLines(file, own);
        return MemoryLimits.OfControlGroups(_folder, file);
    }

    private void Write(string path, string text)
    {
        var file = Path.Combine(_folder, path);
        _ = Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
