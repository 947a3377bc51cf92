using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Naq.Generators.Tests;

internal enum Size
{
    Small,
    Large,
}

[JsonConverter(typeof(JsonStringEnumConverter<Color>))]
internal enum Color
{
    Red,
    Green,
}

[Flags]
internal enum Marks : byte
{
    None = 0,
    One = 1,
    Two = 2,
}

/// <summary>Every type that has a converter.</summary>
[Job("test.scalars")]
internal sealed partial record Scalars(
    bool Bool, byte Byte, sbyte SByte, short Short, ushort UShort, int Int, uint UInt, long Long, ulong ULong, Int128 Int128, UInt128 UInt128,
    Half Half, float Float, double Double, decimal Decimal, char Char, string Text, Guid Guid, DateTime DateTime, DateTimeOffset DateTimeOffset,
    DateOnly DateOnly, TimeOnly TimeOnly, TimeSpan TimeSpan, Uri Uri, Version Version, Size Size, Color Color, Marks Marks, JsonElement Json);

/// <summary>The same, or nothing.</summary>
[Job("test.nullables")]
internal sealed partial record Nullables(
    bool? Bool = null, int? Int = null, long? Long = null, double? Double = null, decimal? Decimal = null, char? Char = null, string? Text = null,
    Guid? Guid = null, DateTime? DateTime = null, DateTimeOffset? DateTimeOffset = null, DateOnly? DateOnly = null, TimeOnly? TimeOnly = null,
    TimeSpan? TimeSpan = null, Uri? Uri = null, Size? Size = null, Color? Color = null, Point? Point = null, Line? Line = null, JsonElement? Json = null);

internal readonly record struct Point(int X, int Y);

internal sealed record Line(string Sku, int Count = 1, Line? Next = null);

[Job("test.collections")]
internal sealed partial record Collections(
    int[] Array, byte[] Bytes, List<string> List, IList<Line> IList, ICollection<Size> ICollection, IReadOnlyList<Line> ReadOnlyList,
    IReadOnlyCollection<Guid> ReadOnlyCollection, IEnumerable<TimeSpan> Sequence, HashSet<int> Set, ISet<string> ISet, ImmutableArray<long> Immutable,
    Dictionary<string, int> Dictionary, IDictionary<Guid, Line> IDictionary, IReadOnlyDictionary<Size, string[]> ReadOnlyDictionary,
    List<string?> Holes, Dictionary<int, List<Point?>>? Deep, ReadOnlyMemory<byte> Memory);

/// <summary>Values that C# takes as defaults, of every kind of constant.</summary>
[Job("test.defaults")]
internal sealed partial record Defaults(
    string Required, int Int = -5, long Long = long.MinValue, double Double = double.NaN, float Float = -1.5f, decimal Decimal = 12.50m, char Char = '\'',
    string Text = "a \"quoted\"\n\\text", bool Bool = true, Size Size = Size.Large, Size? Maybe = Size.Small, int? Number = 7, Guid Guid = default,
    Marks Marks = Marks.One | Marks.Two);

/// <summary>Properties in all the ways that they can be set.</summary>
[Job("test.properties")]
internal sealed partial class Properties : Ancestor
{
    public required string Must { get; init; }

    public required int Count { get; set; }

    public string Kept { get; init; } = "kept";

    public int Plain { get; set; } = 3;

    [JsonPropertyName("other-name")]
    public string Named { get; set; } = "";

    [JsonIgnore]
    public Stream? Ignored { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Rare { get; init; }

    [JsonPropertyOrder(-1)]
    public int First { get; init; }

    [JsonConverter(typeof(JsonStringEnumConverter<Size>))]
    public Size Words { get; init; }

    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public int Quoted { get; init; }

    [JsonRequired]
    public int Needed { get; init; }

    public int Computed => Count * 2;

    public int Hidden { get; private set; } = 9;

    public string @class { get; init; } = "";

    public Settable Value { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Rest { get; set; }
}

internal class Ancestor
{
    public string Inherited { get; init; } = "";

    public virtual int IPAddressCount { get; set; }
}

internal struct Settable
{
    public int A { get; set; }

    public string? B { get; init; }
}

/// <summary>A struct can be a job, and so can a type within another.</summary>
internal static partial class Outer
{
    internal static partial class @class
    {
        [Job("test.nested")]
        internal partial record struct Nested(int X, string? Y, int Z = 5);
    }
}

[Job("test.empty")]
internal sealed partial record Empty;

[Job("test.by-context", Json = typeof(PayloadsJson))]
internal sealed partial record ByContext(string UserName, Version Version);

[Job("test.in-part", Json = typeof(PayloadsJson))]
internal sealed partial record InPart(string UserName, Tree Tree, IReadOnlyList<Tree>? Trees = null);

/// <summary>Beyond the generator: a collection of its own kind.</summary>
internal sealed class Tree : SortedDictionary<string, int>;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ByContext))]
[JsonSerializable(typeof(Tree))]
internal sealed partial class PayloadsJson : JsonSerializerContext;
