using System.CommandLine;
using System.CommandLine.Parsing;

namespace Naq.Cli.Parsing;

/// <summary>Says what is wrong with a command line, one line a mistake, with the nearest valid name.</summary>
internal static class UsageFaults
{
    public static IReadOnlyList<string> Of(ParseResult parse)
    {
        var command = parse.CommandResult.Command;
        var options = StrayOptions(parse).Distinct().ToList();
        if (options.Count > 0)
        {
            var known = Known(parse.CommandResult).ToList();
            return [.. options.Select(option => $"unknown option '{option}'.{Nearest.DidYouMean(option, known)}")];
        }

        if (parse.UnmatchedTokens is [var stray, ..])
        {
            return [command.Subcommands.Count > 0
                ? $"unknown command '{stray}'.{Nearest.DidYouMean(stray, Visible(command))}"
                : $"unexpected argument '{stray}'."];
        }

        if (parse.Errors.Count > 0 && command.Subcommands.Count > 0)
        {
            return [$"'{PathOf(parse.CommandResult)}' needs a command: {string.Join(", ", Visible(command))}."];
        }

        return [.. parse.Errors.Select(static error => error.Message).Distinct()];
    }

    // Arguments of any number would swallow a misspelt option: `naq worker default --concurency 4`.
    private static IEnumerable<string> StrayOptions(ParseResult parse)
    {
        var taken = parse.Tokens.TakeWhile(static token => token.Type != TokenType.DoubleDash)
            .Where(static token => token.Type == TokenType.Argument)
            .Select(static token => token.Value)
            .ToHashSet();
        var ofArguments = parse.CommandResult.Children.OfType<ArgumentResult>().SelectMany(static a => a.Tokens).Select(static t => t.Value);
        return ofArguments.Concat(parse.UnmatchedTokens).Where(text => LooksLikeOption(text) && taken.Contains(text));
    }

    private static bool LooksLikeOption(string text) => text is ['-', '-', _, ..] || (text is ['-', var letter, ..] && char.IsAsciiLetter(letter));

    private static IEnumerable<string> Known(CommandResult? at)
    {
        var own = true;
        for (; at is not null; at = at.Parent as CommandResult, own = false)
        {
            foreach (var option in at.Command.Options.Where(option => own || option.Recursive))
            {
                yield return option.Name;
            }
        }
    }

    private static IEnumerable<string> Visible(Command command) => command.Subcommands.Where(static c => !c.Hidden).Select(static c => c.Name);

    private static string PathOf(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{PathOf(parent)} {result.Command.Name}" : result.Command.Name;
}
