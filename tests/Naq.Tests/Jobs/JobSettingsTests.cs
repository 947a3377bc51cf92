using System.Text;
using Naq.Brokers;

namespace Naq.Tests.Jobs;

public sealed class JobSettingsTests
{
    [Fact]
    public void Defaults_travel_as_nothing()
    {
        Assert.Empty(JobSettings.Default.ToBytes());
        Assert.Empty(new JobSettings().ToBytes());
        Assert.Same(JobSettings.Default, JobSettings.FromBytes([]));
    }

    [Fact]
    public void What_is_written_is_read()
    {
        var settings = new JobSettings
        {
            MaxAttempts = 3,
            Backoff = Backoff.Linear,
            RetryFirstMs = 10,
            RetryCapMs = 20,
            RetryDelaysMs = [1, 2],
            TimeoutMs = 30,
            ResultTtlMs = 40,
        };

        var read = JobSettings.FromBytes(settings.ToBytes());

        Assert.Equal(settings with { RetryDelaysMs = read.RetryDelaysMs }, read);
        Assert.Equal([1L, 2L], read.RetryDelaysMs);
    }

    [Fact]
    public void The_wire_is_what_it_always_was() =>
        Assert.Equal(
            """{"v":1,"max_attempts":3,"backoff":"Exponential","retry_first_ms":1000,"retry_cap_ms":600000}""",
            Encoding.UTF8.GetString((JobSettings.Default with { MaxAttempts = 3 }).ToBytes()));

    [Fact]
    public void Members_of_a_newer_build_are_kept()
    {
        var read = JobSettings.FromBytes("""{"v":1,"max_attempts":3,"color":{"deep":[1,2]}}"""u8);

        var again = JobSettings.FromBytes((read with { TimeoutMs = 5 }).ToBytes());

        Assert.Equal((3, 5L), (again.MaxAttempts, again.TimeoutMs));
        Assert.Equal("""{"deep":[1,2]}""", again.Unknown!["color"].GetRawText());
    }

    [Fact]
    public void A_newer_version_is_told_and_not_lost()
    {
        var read = JobSettings.FromBytes("""{"v":9}"""u8);

        Assert.True(read.Version > JobSettings.CurrentVersion);
        Assert.Equal(9, JobSettings.FromBytes(read.ToBytes()).Version);
    }

    [Fact]
    public void Settings_say_the_retry_policy()
    {
        Assert.Equal(RetryPolicy.Default, JobSettings.Default.Retry with { Delays = RetryPolicy.Default.Delays });

        var policy = new JobSettings { MaxAttempts = 2, RetryDelaysMs = [5, 10] }.Retry;

        Assert.Equal(2, policy.MaxAttempts);
        Assert.Equal([TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(10)], policy.Delays);
    }
}
