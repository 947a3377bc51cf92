using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Naq.Generators.Reading;

/// <summary>Questions about symbols that several readers ask.</summary>
internal static class Symbols
{
    public static string FullName(this ITypeSymbol type) =>
        type.WithNullableAnnotation(NullableAnnotation.None).ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat);

    /// <summary>The name as C# wants it: <c>@class</c> for <c>class</c>.</summary>
    public static string Identifier(this ISymbol symbol) =>
        SyntaxFacts.GetKeywordKind(symbol.Name) == SyntaxKind.None ? symbol.Name : "@" + symbol.Name;

    /// <summary>Says whether this is <c>Space.Name</c>; a generic type is asked for as <c>List`1</c>.</summary>
    public static bool Is(this ITypeSymbol? type, string space, string name) =>
        type is INamedTypeSymbol && type.OriginalDefinition.MetadataName == name && type.ContainingType is null
        && type.ContainingNamespace?.ToDisplayString() == space;

    public static AttributeData? Attribute(this ISymbol symbol, string space, string name)
    {
        foreach (var attribute in symbol.GetAttributes())
        {
            if (attribute.AttributeClass.Is(space, name))
            {
                return attribute;
            }
        }

        return null;
    }

    public static object? Named(this AttributeData attribute, string name)
    {
        foreach (var argument in attribute.NamedArguments)
        {
            if (argument.Key == name)
            {
                return argument.Value.Value;
            }
        }

        return null;
    }

    /// <summary>A type and those that it derives from, itself first; without <c>object</c>.</summary>
    public static IEnumerable<INamedTypeSymbol> WithBases(INamedTypeSymbol type)
    {
        for (var next = type; next is { SpecialType: not (SpecialType.System_Object or SpecialType.System_ValueType) }; next = next.BaseType)
        {
            yield return next;
        }
    }

    /// <summary>Says whether generated code in this assembly may name it.</summary>
    public static bool IsReachable(this ISymbol symbol, Compilation compilation) =>
        compilation.IsSymbolAccessibleWithin(symbol, compilation.Assembly) && symbol is not INamedTypeSymbol { IsFileLocal: true };

    /// <summary>Says whether this is a job: one to be generated, or one written by hand.</summary>
    public static bool IsJob(this ITypeSymbol type) =>
        type.Attribute("Naq", "JobAttribute") is not null
        || type.AllInterfaces.Any(i => i.Is("Naq", "IJob`1") && SymbolEqualityComparer.Default.Equals(i.TypeArguments[0], type));

    /// <summary>The type of the job's result; null: it has none.</summary>
    public static ITypeSymbol? Result(this ITypeSymbol job) =>
        job.AllInterfaces.FirstOrDefault(i => i.Is("Naq", "IJob`2") && SymbolEqualityComparer.Default.Equals(i.TypeArguments[0], job))?.TypeArguments[1];
}
