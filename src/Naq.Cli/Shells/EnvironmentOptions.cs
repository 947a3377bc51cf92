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

    /// <summary>A file's full path.</summary>
    public string? File(string name) => shell.Variable(name) is { } path ? Path.GetFullPath(path, shell.Directory) : null;

    /// <summary>An address over HTTP.</summary>
    public Uri? Address(string name)
    {
        if (shell.Variable(name) is not { } text || (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"))
        {
            return shell.Variable(name) is { } valid ? new(valid) : null;
        }

        _faults.Add($"{name} is not an address such as http://127.0.0.1:8222.");
        return null;
    }

    /// <summary>A secret: the variable's value, or what stands in the file that the variable with <c>_FILE</c> names.</summary>
    public string? Secret(string name)
    {
        if (File(name + "_FILE") is not { } path)
        {
            return shell.Variable(name);
        }

        try
        {
            return System.IO.File.ReadAllText(path).Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _faults.Add($"{name}_FILE cannot be read: {error.Message}");
            return null;
        }
    }

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
