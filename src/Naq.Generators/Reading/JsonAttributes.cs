using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Naq.Generators.Reading;

/// <summary>The attributes of System.Text.Json that the generator obeys; any other sends the type to a context.</summary>
internal static class JsonAttributes
{
    private const string Space = "System.Text.Json.Serialization";

    private static readonly HashSet<string> Obeyed = new(StringComparer.Ordinal)
    {
        "JsonPropertyNameAttribute", "JsonIgnoreAttribute", "JsonRequiredAttribute", "JsonConverterAttribute", "JsonConstructorAttribute",
        "JsonPropertyOrderAttribute", "JsonNumberHandlingAttribute", "JsonExtensionDataAttribute", "JsonIncludeAttribute",
    };

    /// <summary>Why a type or property cannot be written by the generator; null: it can.</summary>
    public static string? Fault(ISymbol symbol)
    {
        foreach (var attribute in symbol.GetAttributes())
        {
            if (attribute.AttributeClass is { } type && type.ContainingNamespace?.ToDisplayString() == Space
                && (!Obeyed.Contains(type.MetadataName) || (symbol is ITypeSymbol && type.MetadataName == "JsonNumberHandlingAttribute")))
            {
                return $"[{type.Name.Replace("Attribute", "")}] is not known to it";
            }
        }

        return null;
    }

    public static bool Has(ISymbol symbol, string name) => symbol.Attribute(Space, name) is not null;

    /// <summary>The type of the converter that a property or type asks for; null: none.</summary>
    public static string? Converter(ISymbol symbol) =>
        symbol.Attribute(Space, "JsonConverterAttribute")?.ConstructorArguments is [{ Value: INamedTypeSymbol type }] ? type.FullName() : null;

    public static bool IsIgnored(IPropertySymbol property) =>
        property.Attribute(Space, "JsonIgnoreAttribute") is { } ignore && ignore.Named("Condition") is null or 1;

    /// <summary>The name that a property asks for; null: the naming policy's.</summary>
    public static string? JsonName(IPropertySymbol property) =>
        property.Attribute(Space, "JsonPropertyNameAttribute")?.ConstructorArguments is [{ Value: string name }] ? name : null;

    public static int Order(IPropertySymbol property) =>
        property.Attribute(Space, "JsonPropertyOrderAttribute")?.ConstructorArguments is [{ Value: int order }] ? order : 0;

    /// <summary>The members of <c>JsonPropertyInfoValues</c> that attributes ask for.</summary>
    public static IEnumerable<string> More(IPropertySymbol property)
    {
        if (property.Attribute(Space, "JsonIgnoreAttribute")?.Named("Condition") is int condition)
        {
            yield return $"IgnoreCondition = (global::{Space}.JsonIgnoreCondition){condition.ToString(CultureInfo.InvariantCulture)}";
        }

        if (property.Attribute(Space, "JsonNumberHandlingAttribute")?.ConstructorArguments is [{ Value: int handling }])
        {
            yield return $"NumberHandling = (global::{Space}.JsonNumberHandling){handling.ToString(CultureInfo.InvariantCulture)}";
        }

        if (Has(property, "JsonExtensionDataAttribute"))
        {
            yield return "IsExtensionData = true";
        }

        if (Converter(property) is { } converter)
        {
            yield return $"Converter = global::Naq.Generated.JobJson.Converter<{property.Type.FullName()}>(options, new {converter}())";
        }
    }

    /// <summary>A constant as C# source, of the type that it belongs to.</summary>
    public static string Literal(ITypeSymbol type, object? value) => value switch
    {
        null => $"default({type.FullName()})",
        float.NaN or double.NaN => $"{type.FullName()}.NaN",
        float.PositiveInfinity or double.PositiveInfinity => $"{type.FullName()}.PositiveInfinity",
        float.NegativeInfinity or double.NegativeInfinity => $"{type.FullName()}.NegativeInfinity",
        float f => f.ToString("R", CultureInfo.InvariantCulture) + "F",
        double d => d.ToString("R", CultureInfo.InvariantCulture) + "D",
        decimal m => m.ToString(CultureInfo.InvariantCulture) + "M",
        _ => $"({type.FullName()})({SymbolDisplay.FormatPrimitive(value, quoteStrings: true, useHexadecimalNumbers: false)})",
    };
}
