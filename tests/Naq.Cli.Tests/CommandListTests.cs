using Naq.Cli.Commands;

namespace Naq.Cli.Tests;

/// <summary>Only the command that is named is made.</summary>
public sealed class CommandListTests
{
    [Fact]
    public void Each_command_is_made_by_its_name()
    {
        var all = CommandList.For([]).Select(static command => command.Name).ToList();

        Assert.Contains("worker", all);
        Assert.All(all, static name => Assert.Equal(name, Assert.Single(CommandList.For([name, "--help"])).Name));
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("queeu")]
    public void Where_none_is_named_all_are_made(string first) => Assert.Equal(CommandList.For([]).Count(), CommandList.For([first]).Count());
}
