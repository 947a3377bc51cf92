using System.Text;
using Naq.Brokers;

namespace Naq.Tests.Jobs;

public sealed class JobHeadersTests
{
    [Fact]
    public void Headers_travel_in_the_settings()
    {
        var job = Assemble(new() { ["tenant"] = "blue", ["x-request"] = "ä\"" });

        var bytes = job.Settings.ToBytes();
        var read = JobSettings.FromBytes(bytes);

        Assert.Equal(
            """{"v":1,"max_attempts":5,"backoff":"Exponential","retry_first_ms":1000,"retry_cap_ms":600000,"headers":{"tenant":"blue","x-request":"\u00E4\u0022"}}""",
            Encoding.UTF8.GetString(bytes));
        Assert.Equal(job.Settings.Headers, read.Headers);
    }

    [Fact]
    public void No_headers_are_nothing() => Assert.Empty(Assemble([]).Settings.ToBytes());

    [Fact]
    public void A_later_change_of_the_callers_headers_changes_no_job()
    {
        var headers = new Dictionary<string, string> { ["a"] = "1" };
        var job = Assemble(headers);

        headers["a"] = "2";

        Assert.Equal("1", job.Settings.Headers!["a"]);
    }

    [Theory]
    [InlineData("", "x", "Header name '' of a 'test.job' job is not valid: use 1 to 96 of a-z, 0-9, '_', '.' or '-', the first a letter or digit.")]
    [InlineData("Tenant", "x", "Header name 'Tenant' of a 'test.job' job is not valid: use 1 to 96 of a-z, 0-9, '_', '.' or '-', the first a letter or digit.")]
    [InlineData("tenant", "a\nb", "Header 'tenant' of a 'test.job' job is not valid: use text without control characters.")]
    [InlineData("tenant", null, "Header 'tenant' of a 'test.job' job is not valid: use text without control characters.")]
    public void What_is_not_valid_is_refused(string name, string? value, string message) =>
        Assert.Equal(message, Assert.Throws<NaqConfigurationException>(() => Assemble(new() { [name] = value! })).Message);

    [Fact]
    public void Too_many_and_too_large_are_refused()
    {
        Assert.Equal(16, Assemble(Many(16)).Settings.Headers!.Count);
        _ = Assert.Throws<NaqConfigurationException>(() => Assemble(Many(17)));

        Assert.Equal(1023, Assemble(new() { ["a"] = new('x', 1023) }).Settings.Headers!["a"].Length);
        _ = Assert.Throws<NaqConfigurationException>(() => Assemble(new() { ["a"] = new('x', 1024) }));
        _ = Assert.Throws<NaqConfigurationException>(() => Assemble(new() { ["a"] = new('ä', 512) }));
    }

    private static Dictionary<string, string> Many(int count) =>
        Enumerable.Range(0, count).ToDictionary(static n => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"h{n}"), static _ => "v");

    private static NewJob Assemble(Dictionary<string, string> headers) =>
        JobAssembly.Assemble("test.job", "{}"u8.ToArray(), null, new() { Headers = headers }, TimeProvider.System);
}
