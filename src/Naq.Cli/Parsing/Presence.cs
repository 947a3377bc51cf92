using System.CommandLine;
using System.CommandLine.Parsing;

namespace Naq.Cli.Parsing;

/// <summary>Asks whether something was typed at all. Validators ask this, not for values: a value may be wrong, and reading it would throw.</summary>
internal static class Presence
{
    extension(SymbolResult result)
    {
        public bool Has(Option option) => result.GetResult(option) is { Implicit: false };

        public bool Has(Argument argument) => result.GetResult(argument) is { Tokens.Count: > 0 };
    }
}
