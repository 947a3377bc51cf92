using Naq.Cli.Parsing;

namespace Naq.Cli.Tests;

public sealed class NearestTests
{
    [Theory]
    [InlineData("quue", "queue")]
    [InlineData("qeueu", "queue")]
    [InlineData("WORKER", "worker")]
    [InlineData("workres", "workers")]
    [InlineData("enqueu", "enqueue")]
    public void Finds_what_was_probably_meant(string typed, string meant) =>
        Assert.Equal(meant, Nearest.Find(typed, ["queue", "worker", "workers", "enqueue", "job"]));

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("frobnicate")]
    public void Says_nothing_where_nothing_is_near(string typed) => Assert.Null(Nearest.Find(typed, ["queue", "worker"]));
}
