namespace Naq.Tests.Jobs;

public sealed class PrintableTests
{
    [Theory]
    [InlineData(null, "")]
    [InlineData("", "")]
    [InlineData("plain text ~!", "plain text ~!")]
    [InlineData("Grüße 日本 🎉", "Grüße 日本 🎉")]
    [InlineData("a\u001b[31mred", "a\\x1b[31mred")]
    [InlineData("line\r\nbreak\ttab\0", "line\\x0d\\x0abreak\\x09tab\\x00")]
    [InlineData("del\u007f c1\u009b", "del\\x7f c1\\x9b")]
    [InlineData("bidi\u202egnp.exe\u2066", "bidi\\u202egnp.exe\\u2066")]
    [InlineData("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff")]
    [InlineData("line\u2028para\u2029", "line\\u2028para\\u2029")]
    public void What_could_steer_a_terminal_is_shown_instead(string? text, string shown) => Assert.Equal(shown, Printable.Escape(text));

    [Fact]
    public void Text_that_is_safe_is_not_copied()
    {
        var text = new string('x', 10);

        Assert.Same(text, Printable.Escape(text));
    }

    [Fact]
    public void Nothing_of_the_control_ranges_gets_through()
    {
        var controls = string.Concat(Enumerable.Range(0, 0xA0).Select(static code => (char)code).Where(char.IsControl));

        Assert.DoesNotContain(Printable.Escape(controls), char.IsControl);
    }

    [Fact]
    public void Half_a_character_does_no_harm() => Assert.Equal("a\ufffdb", Printable.Escape("a\ud800b"));
}
