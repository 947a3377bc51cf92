namespace Naq.Scaling.Tests.Pools;

public sealed class QuantitiesTests
{
    [Theory]
    [InlineData("300", 300)]
    [InlineData("0", 0)]
    [InlineData("1.5", 1.5)]
    [InlineData("250ms", 0.25)]
    [InlineData("5m", 300)]
    [InlineData("1h30m", 5400)]
    [InlineData("2d", 172_800)]
    [InlineData("1H 30M", 5400)]
    [InlineData("00:05:00", 300)]
    [InlineData("1.00:00:00", 86_400)]
    public void Duration_is_read(string text, double seconds)
    {
        Assert.True(Quantities.TryParseDuration(text, out var duration));
        Assert.Equal(seconds, duration.TotalSeconds);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("-5")]
    [InlineData("-00:05:00")]
    [InlineData("5x")]
    [InlineData("5m30")]
    [InlineData("1e3")]
    [InlineData("NaN")]
    [InlineData("99999999999999999999d")]
    public void What_is_no_duration_is_refused(string? text) => Assert.False(Quantities.TryParseDuration(text, out _));

    [Theory]
    [InlineData("1000", 1000)]
    [InlineData("2GB", 2_000_000_000)]
    [InlineData("2GiB", 2_147_483_648)]
    [InlineData("1.5 kb", 1500)]
    [InlineData("512MiB", 536_870_912)]
    public void Size_is_read(string text, long expected)
    {
        Assert.True(Quantities.TryParseSize(text, out var bytes));
        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-2GB")]
    [InlineData("2XB")]
    [InlineData("GB")]
    [InlineData("99999999999TB")]
    public void What_is_no_size_is_refused(string text) => Assert.False(Quantities.TryParseSize(text, out _));

    [Theory]
    [InlineData("250ms")]
    [InlineData("5m")]
    [InlineData("1h30m")]
    [InlineData("1d2h3m4.5s")]
    [InlineData("0ms")]
    public void Formatted_duration_reads_back(string text)
    {
        Assert.True(Quantities.TryParseDuration(text, out var duration));
        Assert.Equal(text, Quantities.Format(duration));
    }
}
