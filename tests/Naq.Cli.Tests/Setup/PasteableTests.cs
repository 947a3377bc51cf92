using System.Diagnostics;
using Naq.Cli.Shells;

namespace Naq.Cli.Tests.Setup;

public sealed class PasteableTests
{
    [Theory]
    [InlineData("mail", "mail")]
    [InlineData("sqlite:/var/lib/naq/naq.db", "sqlite:/var/lib/naq/naq.db")]
    [InlineData("", "''")]
    [InlineData("two words", "'two words'")]
    [InlineData("it's", """'it'\''s'""")]
    [InlineData("$(reboot)", "'$(reboot)'")]
    [InlineData("~", "'~'")]
    [InlineData("größe", "'größe'")]
    public void Words_are_quoted_where_a_shell_would_read_them_otherwise(string word, string expected) => Assert.Equal(expected, Pasteable.Word(word));

    [Fact]
    public async Task A_shell_reads_back_what_was_written()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs sh");
        string[] words = ["a", "b c", "d'e", "$HOME", "`x`", "\"", "\\", "*", "!", "x;y", "", "#z"];
        using var sh = Process.Start(new ProcessStartInfo("sh", ["-c", "printf '<%s>' " + Pasteable.Line(words)]) { RedirectStandardOutput = true })!;

        var read = await sh.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await sh.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(string.Concat(words.Select(static word => $"<{word}>")), read);
    }

    [Fact]
    public async Task Hints_lead_to_the_same_broker()
    {
        using var terminal = new Terminal();

        var said = await terminal.RunAsync("doctor", "--broker", "sqlite:two words.db");

        Assert.Contains("naq worker QUEUE --broker 'sqlite:two words.db'", said.Out, StringComparison.Ordinal);
    }
}
