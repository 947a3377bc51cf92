using Microsoft.CodeAnalysis;

namespace Naq.Generators.Reading;

/// <summary>The types that System.Text.Json brings converters or collections for.</summary>
internal static class KnownShapes
{
    private const string Services = "global::System.Text.Json.Serialization.Metadata.JsonMetadataServices";

    private static readonly Dictionary<string, string> Converters = new(StringComparer.Ordinal)
    {
        ["System.Boolean"] = "Boolean", ["System.Byte"] = "Byte", ["System.SByte"] = "SByte", ["System.Int16"] = "Int16",
        ["System.UInt16"] = "UInt16", ["System.Int32"] = "Int32", ["System.UInt32"] = "UInt32", ["System.Int64"] = "Int64",
        ["System.UInt64"] = "UInt64", ["System.Int128"] = "Int128", ["System.UInt128"] = "UInt128", ["System.Half"] = "Half",
        ["System.Single"] = "Single", ["System.Double"] = "Double", ["System.Decimal"] = "Decimal", ["System.Char"] = "Char",
        ["System.String"] = "String", ["System.Guid"] = "Guid", ["System.DateTime"] = "DateTime", ["System.DateTimeOffset"] = "DateTimeOffset",
        ["System.DateOnly"] = "DateOnly", ["System.TimeOnly"] = "TimeOnly", ["System.TimeSpan"] = "TimeSpan", ["System.Uri"] = "Uri",
        ["System.Version"] = "Version", ["System.Text.Json.JsonElement"] = "JsonElement", ["System.Text.Json.Nodes.JsonNode"] = "JsonNode",
        ["System.Text.Json.Nodes.JsonObject"] = "JsonObject", ["System.Text.Json.Nodes.JsonArray"] = "JsonArray",
    };

    private static readonly Dictionary<string, (string Method, string? Creator)> Collections = new(StringComparer.Ordinal)
    {
        ["List`1"] = ("CreateListInfo", "new"), ["IList`1"] = ("CreateIListInfo", null), ["ICollection`1"] = ("CreateICollectionInfo", null),
        ["HashSet`1"] = ("CreateISetInfo", "new"), ["ISet`1"] = ("CreateISetInfo", null), ["IEnumerable`1"] = ("CreateIEnumerableInfo", null),
        ["IReadOnlyCollection`1"] = ("CreateIEnumerableInfo", null), ["IReadOnlyList`1"] = ("CreateIEnumerableInfo", null),
        ["Dictionary`2"] = ("CreateDictionaryInfo", "new"), ["IDictionary`2"] = ("CreateIDictionaryInfo", null),
        ["IReadOnlyDictionary`2"] = ("CreateIReadOnlyDictionaryInfo", null),
    };

    /// <summary>What stays the same as text, for dictionary keys and unique keys.</summary>
    private static readonly HashSet<string> Texts = new(
        Converters.Keys.Where(static k => !k.StartsWith("System.Text.Json", StringComparison.Ordinal)), StringComparer.Ordinal);

    public static bool HasText(ITypeSymbol type) => type.TypeKind == TypeKind.Enum || Texts.Contains(MetadataName(type));

    /// <summary>The expression for a type of the platform and the types within it, or null.</summary>
    public static (string Expression, IReadOnlyList<ITypeSymbol> Parts)? Find(ITypeSymbol type)
    {
        var name = type.FullName();
        return type switch
        {
            IArrayTypeSymbol { Rank: 1, ElementType.SpecialType: SpecialType.System_Byte } => (Value(name, $"{Services}.ByteArrayConverter"), []),
            IArrayTypeSymbol { Rank: 1 } array => (Collection("CreateArrayInfo", array.ElementType.FullName(), name, null), [array.ElementType]),
            INamedTypeSymbol { TypeKind: TypeKind.Enum } => (Value(name, $"{Services}.GetEnumConverter<{name}>(options)"), []),
            INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T, TypeArguments: [var inner] } =>
                (Value(name, $"{Services}.GetNullableConverter<{inner.FullName()}>(options)"), [inner]),
            INamedTypeSymbol named when Converters.TryGetValue(MetadataName(named), out var converter) =>
                (Value(name, $"{Services}.{converter}Converter"), []),
            INamedTypeSymbol { TypeArguments: [{ SpecialType: SpecialType.System_Byte }] } memory when memory.Is("System", "Memory`1") =>
                (Value(name, $"{Services}.MemoryByteConverter"), []),
            INamedTypeSymbol { TypeArguments: [{ SpecialType: SpecialType.System_Byte }] } memory when memory.Is("System", "ReadOnlyMemory`1") =>
                (Value(name, $"{Services}.ReadOnlyMemoryByteConverter"), []),
            INamedTypeSymbol named when named.Is("System.Collections.Immutable", "ImmutableArray`1") => (Immutable(named), named.TypeArguments),
            INamedTypeSymbol named when IsCollection(named, out var info) =>
                (Collection(info.Method, string.Join(", ", new[] { name }.Concat(named.TypeArguments.Select(Symbols.FullName))), name, info.Creator),
                named.TypeArguments),
            _ => null,
        };
    }

    private static bool IsCollection(INamedTypeSymbol type, out (string Method, string? Creator) info)
    {
        info = default;
        return type.ContainingNamespace?.ToDisplayString() == "System.Collections.Generic" && type.ContainingType is null
            && Collections.TryGetValue(type.OriginalDefinition.MetadataName, out info);
    }

    private static string Value(string type, string converter) => $"{Services}.CreateValueInfo<{type}>(options, {converter})";

    private static string Collection(string method, string arguments, string type, string? creator) =>
        $"{Services}.{method}<{arguments}>(options, new() {{ ObjectCreator = {(creator is null ? "null" : $"static () => new {type}()")} }})";

    private static string Immutable(INamedTypeSymbol type)
    {
        var (name, item) = (type.FullName(), type.TypeArguments[0].FullName());
        return $"{Services}.CreateImmutableEnumerableInfo<{name}, {item}>(options, new() {{ ObjectCreator = null }}, "
            + $"global::System.Collections.Immutable.ImmutableArray.CreateRange<{item}>)";
    }

    private static string MetadataName(ITypeSymbol type) =>
        type is INamedTypeSymbol { Arity: 0, ContainingType: null, ContainingNamespace: { } space }
            ? $"{space.ToDisplayString()}.{type.MetadataName}"
            : "";
}
