using System.CommandLine;
using System.Text;

namespace Naq.Cli.Tests;

public sealed class HelpTests : IDisposable
{
    private readonly Terminal _terminal = new();

    [Fact]
    public async Task Help_of_every_command_is_approved()
    {
        var text = new StringBuilder();
        await AppendAsync(new CommandTree(_terminal.ShellOf(Stream.Null, TextWriter.Null, TextWriter.Null), null), [], text);

        Approved.Check("help.txt", text.ToString());
    }

    [Fact]
    public async Task Naq_alone_shows_its_help()
    {
        var said = await _terminal.RunAsync();

        Assert.Equal(0, said.Code);
        Assert.Contains("enqueue", said.Out, StringComparison.Ordinal);
    }

    public void Dispose() => _terminal.Dispose();

    private async Task AppendAsync(Command command, string[] path, StringBuilder text)
    {
        var said = await _terminal.RunAsync([.. path, "--help"]);
        Assert.Equal(0, said.Code);
        text.Append("$ naq ").AppendJoin(' ', [.. path, "--help"]).Append('\n').Append(said.Out.Replace("\r", "", StringComparison.Ordinal).TrimEnd()).Append("\n\n");
        foreach (var child in command.Subcommands)
        {
            await AppendAsync(child, [.. path, child.Name], text);
        }
    }
}
