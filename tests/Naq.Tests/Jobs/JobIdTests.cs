using Microsoft.Extensions.Time.Testing;

namespace Naq.Tests.Jobs;

public sealed class JobIdTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public void An_id_is_printed_as_32_lower_case_digits_and_read_again()
    {
        var id = JobId.New(_time);

        Assert.Matches("^[0-9a-f]{32}$", id.ToString());
        Assert.True(JobId.TryParse(id.ToString(), out var read));
        Assert.Equal(id, read);
    }

    [Fact]
    public void Dashes_and_capitals_are_read_too()
    {
        Assert.True(JobId.TryParse("019B76DA-A800-7595-858B-9F8A17062F16", out var id));
        Assert.Equal("019b76daa8007595858b9f8a17062f16", id.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("019b76da")]
    [InlineData("019b76daa8007595858b9f8a17062f1g")]
    [InlineData("019b76daa8007595858b9f8a17062f1600")]
    public void Nothing_else_is_an_id(string? text) => Assert.False(JobId.TryParse(text, out _));

    [Fact]
    public void Ids_sort_by_the_time_of_their_making()
    {
        var ids = new List<string>();
        for (var i = 0; i < 100; i++)
        {
            ids.Add(JobId.New(_time).ToString());
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.Equal(ids.Order(StringComparer.Ordinal), ids);
    }

    [Fact]
    public void No_two_are_the_same() => Assert.Equal(10_000, Enumerable.Range(0, 10_000).Select(_ => JobId.New(_time)).Distinct().Count());

    [Fact]
    public void An_id_knows_when_it_was_made()
    {
        var now = new DateTimeOffset(2026, 11, 27, 8, 30, 0, 123, TimeSpan.Zero);

        Assert.Equal(now, new JobId(Guid.CreateVersion7(now)).MadeAt);
    }
}
