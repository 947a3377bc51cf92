using System.Globalization;
using System.Text.Json;

namespace Naq.Configuration;

/// <summary>One object of a configuration, as JSON, read member by member.</summary>
/// <remarks>
/// Every fault is collected with its path; nothing throws before the end. Member names are compared without case. <see cref="Close"/>
/// refuses what nobody asked for, with the nearest name that was.
/// </remarks>
internal sealed class SettingsNode
{
    private readonly Dictionary<string, JsonProperty> _members = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _asked = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _faults;
    private readonly bool _isText;

    /// <param name="element">The object.</param>
    /// <param name="path">Where it is; empty: it is the file.</param>
    /// <param name="faults">Collects what is wrong.</param>
    /// <param name="isText">Whether numbers come as strings, as configuration providers hand everything out.</param>
    public SettingsNode(JsonElement element, string path, List<string> faults, bool isText = false)
    {
        (Path, Raw, _faults, _isText) = (path, element.GetRawText(), faults, isText);
        if (element.ValueKind != JsonValueKind.Object)
        {
            Add($"is {Kind(element)}, but must be an object.");
            return;
        }

        foreach (var member in element.EnumerateObject())
        {
            if (!_members.TryAdd(member.Name, member))
            {
                Fail(member.Name, "is there twice. Keep one.");
            }
        }
    }

    /// <summary>Where this object is in the file, such as <c>Pools.cpu.Worker</c>; empty: it is the file.</summary>
    public string Path { get; }

    /// <summary>The object as it was written.</summary>
    public string Raw { get; }

    public bool Has(string name) => _members.ContainsKey(name);

    /// <summary>Adds a fault of member <paramref name="name"/>; <paramref name="what"/> goes on after the path.</summary>
    public void Fail(string name, string what) => _faults.Add($"{PathOf(name)} {what}");

    /// <summary>Adds a fault of this object.</summary>
    public void Add(string what) => _faults.Add($"{(Path.Length == 0 ? "The file" : Path)} {what}");

    /// <summary>The object <paramref name="name"/>; null: not there.</summary>
    public SettingsNode? Object(string name) => Get(name) is { } value ? new(value, PathOf(name), _faults, _isText) : null;

    /// <summary>The members of this object as objects, in the file's order.</summary>
    public IEnumerable<(string Name, SettingsNode Node)> Objects()
    {
        foreach (var member in _members.Values)
        {
            _ = _asked.Add(member.Name);
            yield return (member.Name, new(member.Value, PathOf(member.Name), _faults, _isText));
        }
    }

    /// <summary>The array of objects <paramref name="name"/>; empty: not there.</summary>
    public IEnumerable<SettingsNode> List(string name)
    {
        var index = 0;
        foreach (var item in Items(name))
        {
            yield return new(item, $"{PathOf(name)}[{index++}]", _faults, _isText);
        }
    }

    /// <summary>The array of strings <paramref name="name"/>; null: not there.</summary>
    public IReadOnlyList<string>? Strings(string name) =>
        Get(name) is not null ? [.. Items(name).Select(item => Text(name, item)).OfType<string>()] : null;

    /// <summary>The string <paramref name="name"/>; null: not there or not a string.</summary>
    public string? String(string name) => Get(name) is { } value ? Text(name, value) : null;

    /// <summary>The whole number <paramref name="name"/>; null: not there or wrong.</summary>
    public int? Int(string name, int least)
    {
        if (Get(name) is not { } value)
        {
            return null;
        }

        if (TryInt(value, out var number) && number >= least)
        {
            return number;
        }

        Fail(name, $"is {Kind(value)}, but must be a whole number of at least {least}.");
        return null;
    }

    /// <summary>The whole number <paramref name="name"/>, a fault where it is not there.</summary>
    public int RequiredInt(string name, int least)
    {
        if (!Has(name))
        {
            _ = _asked.Add(name);
            Fail(name, "is missing.");
        }

        return Int(name, least) ?? least;
    }

    /// <summary>The number <paramref name="name"/>, above one bound and up to another; null: not there or wrong.</summary>
    public double? Number(string name, double above, double most)
    {
        if (Get(name) is not { } value)
        {
            return null;
        }

        if (TryDouble(value, out var number) && number > above && number <= most)
        {
            return number;
        }

        Fail(name, $"is {Kind(value)}, but must be a number above {above} and at most {most}.");
        return null;
    }

    /// <summary>The same, a fault where it is not there.</summary>
    public double RequiredNumber(string name, double above, double most)
    {
        if (!Has(name))
        {
            Fail(name, "is missing.");
        }

        return Number(name, above, most) ?? most;
    }

    /// <summary>One of an enum's names, whatever its case; <paramref name="otherwise"/>: not there or wrong.</summary>
    public TEnum Choice<TEnum>(string name, TEnum otherwise) where TEnum : struct, Enum
    {
        if (String(name) is not { } text)
        {
            return otherwise;
        }

        if (Enum.GetNames<TEnum>().Contains(text, StringComparer.OrdinalIgnoreCase))
        {
            return Enum.Parse<TEnum>(text, ignoreCase: true);
        }

        Fail(name, $"'{Printable.Escape(text)}' is not known{Hint(text, Enum.GetNames<TEnum>().Select(static n => n.ToLowerInvariant()))}");
        return otherwise;
    }

    /// <summary>The duration <paramref name="name"/>, a string or a number of seconds; null: not there or wrong.</summary>
    public TimeSpan? Duration(string name) =>
        Quantity<TimeSpan>(name, Quantities.TryParseDuration, "a duration such as 300 (seconds), \"5m\", \"1h30m\" or \"00:05:00\"");

    /// <summary>The size <paramref name="name"/> in bytes; null: not there or wrong.</summary>
    public long? Size(string name) => Quantity<long>(name, Quantities.TryParseSize, "a size such as \"2GB\" or \"2GiB\"");

    /// <summary>Refuses every member that was not asked for.</summary>
    public void Close()
    {
        foreach (var name in _members.Keys.Where(n => !_asked.Contains(n)))
        {
            Fail(name, $"is not known here{Hint(name, _asked)}");
        }
    }

    /// <summary>The end of a sentence that tells which names are right.</summary>
    public static string Hint(string name, IEnumerable<string> known) =>
        Spelling.Nearest(name, known) is { } nearest
            ? $". Did you mean {nearest}?"
            : $". Known: {string.Join(", ", known.Order(StringComparer.Ordinal))}.";

    private bool TryInt(JsonElement value, out int number)
    {
        number = 0;
        return value.ValueKind == JsonValueKind.Number
            ? value.TryGetInt32(out number)
            : _isText && value.ValueKind == JsonValueKind.String && int.TryParse(value.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
    }

    private bool TryDouble(JsonElement value, out double number)
    {
        number = 0;
        return value.ValueKind == JsonValueKind.Number
            ? value.TryGetDouble(out number)
            : _isText && value.ValueKind == JsonValueKind.String && double.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out number);
    }

    private delegate bool QuantityParser<T>(string text, out T value);

    private T? Quantity<T>(string name, QuantityParser<T> parse, string right) where T : struct
    {
        if (Get(name) is not { } value)
        {
            return null;
        }

        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText(); // a string's text is never null
        if (value.ValueKind is JsonValueKind.String or JsonValueKind.Number && parse(text, out var quantity))
        {
            return quantity;
        }

        Fail(name, $"is {Kind(value)}, but must be {right}.");
        return null;
    }

    private JsonElement? Get(string name)
    {
        _ = _asked.Add(name);
        return _members.TryGetValue(name, out var member) && member.Value.ValueKind != JsonValueKind.Null ? member.Value : null;
    }

    private JsonElement.ArrayEnumerator Items(string name)
    {
        var value = Get(name);
        if (value is { ValueKind: JsonValueKind.Array } list)
        {
            return list.EnumerateArray();
        }

        if (value is { } other)
        {
            Fail(name, $"is {Kind(other)}, but must be a list.");
        }

        return default;
    }

    private string? Text(string name, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String)
        {
            return value.GetString();
        }

        Fail(name, $"is {Kind(value)}, but must be a string.");
        return null;
    }

    private string PathOf(string name) => Path.Length == 0 ? Printable.Escape(name) : $"{Path}.{Printable.Escape(name)}";

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => $"\"{Printable.Escape(value.GetString())}\"",
        _ => value.GetRawText(),
    };
}
