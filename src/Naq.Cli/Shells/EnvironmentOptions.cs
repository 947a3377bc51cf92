using System.Globalization;

namespace Naq.Cli.Shells;

/// <summary>Options from <c>NAQ_*</c> variables; what is wrong in them is collected and said at once.</summary>
internal sealed class EnvironmentOptions(Shell shell)
{
    private readonly List<string> _faults = [];

    public int? Number(string name) => Read(name, "a whole number above 0", static text =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0 ? value : (int?)null);

    public T OneOf<T>(string name, T otherwise) where T : struct, Enum =>
        Read(name, $"one of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}", static text =>
            Enum.TryParse<T>(text, ignoreCase: true, out var value) && Enum.IsDefined(value) ? value : (T?)null) ?? otherwise;

    public TimeSpan? Duration(string name) => Read(name, "a duration such as 300 (seconds), 5m or 1h30m", static text =>
        Quantities.TryParseDuration(text, out var value) && value > TimeSpan.Zero ? value : (TimeSpan?)null);

    public long? Size(string name) => Read(name, "a size such as 2GB or 2GiB", static text =>
        Quantities.TryParseSize(text, out var value) && value >= 0 ? value : (long?)null);

    /// <exception cref="NaqConfigurationException">A variable that was read is wrong.</exception>
    public void ThrowIfWrong()
    {
        if (_faults.Count > 0)
        {
            throw new NaqConfigurationException(string.Join('\n', _faults));
        }
    }

    private T? Read<T>(string name, string expected, Func<string, T?> read) where T : struct
    {
        if (shell.Variable(name) is not { } text)
        {
            return null;
        }

        if (read(text) is not { } value)
        {
            _faults.Add($"{name} '{text}' is not {expected}.");
            return null;
        }

        return value;
    }
}
