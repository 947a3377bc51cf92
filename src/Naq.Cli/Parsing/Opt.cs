using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Naq.Cli.Parsing;

/// <summary>Reads one value; false: it is not one.</summary>
internal delegate bool Reader<T>(string text, out T value);

/// <summary>Options and arguments of the kinds that commands share, each refused with one line that says what would be right.</summary>
internal static class Opt
{
    public static Option<TimeSpan?> Duration(string name, string description, bool allowZero = true) => Of(
        name, "DURATION", description, "a duration such as 300 (seconds), 500ms, 5m or 1h30m",
        (string text, out TimeSpan value) => Quantities.TryParseDuration(text, out value) && (allowZero || value > TimeSpan.Zero));

    public static Option<TimeSpan?> Duration(string name, string description, TimeSpan least, TimeSpan most, string expected) => Of(
        name, "DURATION", description, expected,
        (string text, out TimeSpan value) => Quantities.TryParseDuration(text, out value) && value >= least && value <= most);

    public static Option<long?> Size(string name, string description) => Of(
        name, "SIZE", description, "a size such as 500MB, 2GB or 2GiB",
        static (string text, out long value) => Quantities.TryParseSize(text, out value) && value > 0);

    public static Option<int?> Number(string name, string description, int min, int max) => Of(
        name, "N", description, max == int.MaxValue ? $"a whole number of at least {min}" : $"a whole number from {min} to {max}",
        (string text, out int value) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value)
            && value >= min && value <= max);

    public static Option<double?> Positive(string name, string helpName, string description) => Of(
        name, helpName, description, "a number above 0",
        static (string text, out double value) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value)
            && value > 0 && double.IsFinite(value));

    public static Option<DateTimeOffset?> Instant(string name, string description) => Of(
        name, "TIME", description, "a time such as 2030-01-31T08:00:00Z (UTC where it names no offset)",
        static (string text, out DateTimeOffset value) =>
            DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out value));

    public static Option<T?> OneOf<T>(string name, string description) where T : struct, Enum
    {
        var option = new Option<T?>(name)
        {
            Description = description,
            HelpName = string.Join('|', Enum.GetValues<T>().Select(Choice.NameOf)),
        };
        Choice.Of(option);
        return option;
    }

    /// <summary>The name of a queue, worker or pool.</summary>
    public static Option<string?> Name(string name, string kind, string description) => new(name)
    {
        Description = description,
        HelpName = kind.ToUpperInvariant(),
        CustomParser = result => RequireName(result, kind, result.Tokens[0].Value),
    };

    public static Option<string?> Text(string name, string helpName, string description) => new(name) { Description = description, HelpName = helpName };

    /// <summary>A text that may be given more than once.</summary>
    public static Option<string[]> Many(string name, string helpName, string description) => new(name)
    {
        Description = description,
        HelpName = helpName,
        DefaultValueFactory = static _ => [],
    };

    public static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    public static Argument<string> NameArgument(string kind, string description) => new(kind)
    {
        HelpName = kind.ToUpperInvariant(),
        Description = description,
        CustomParser = result => RequireName(result, kind, result.Tokens[0].Value),
    };

    public static Argument<string[]> NameArguments(string kind, string description) => new(kind)
    {
        HelpName = kind.ToUpperInvariant(),
        Description = description,
        Arity = ArgumentArity.ZeroOrMore,
        CustomParser = result => [.. result.Tokens.Select(token => RequireName(result, kind, token.Value))],
    };

    public static Argument<JobId> JobIdArgument() => new("id")
    {
        HelpName = "ID",
        Description = "The job's id.",
        CustomParser = static result => RequireId(result, result.Tokens[0].Value),
    };

    public static Argument<JobId[]> JobIdArguments(ArgumentArity arity) => new("id")
    {
        HelpName = "ID",
        Description = "Ids of jobs.",
        Arity = arity,
        CustomParser = static result => [.. result.Tokens.Select(token => RequireId(result, token.Value))],
    };

    /// <summary>What an error calls the option or argument that <paramref name="result"/> belongs to.</summary>
    public static string NameOf(ArgumentResult result) =>
        result.Parent is OptionResult option ? option.Option.Name : result.Argument.HelpName ?? result.Argument.Name;

    private static Option<T?> Of<T>(string name, string helpName, string description, string expected, Reader<T> read) where T : struct => new(name)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (read(text, out var value))
            {
                return value;
            }

            result.AddError($"{NameOf(result)} '{text}' is not {expected}.");
            return null;
        },
    };

    private static string RequireName(ArgumentResult result, string kind, string text)
    {
        try
        {
            return Names.RequireName(kind, text);
        }
        catch (NaqConfigurationException error)
        {
            result.AddError(error.Message);
            return text;
        }
    }

    private static JobId RequireId(ArgumentResult result, string text)
    {
        if (!JobId.TryParse(text, out var id))
        {
            result.AddError($"'{text}' is not a job id: 32 hexadecimal digits.");
        }

        return id;
    }
}
