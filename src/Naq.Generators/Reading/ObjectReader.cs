using Microsoft.CodeAnalysis;

namespace Naq.Generators.Reading;

/// <summary>Reads one class, record or struct as System.Text.Json does by reflection: the same constructor, the same properties in the same order.</summary>
/// <remarks>But for a record struct, which is made by its parameters as a record is, so that what is missing is refused or takes its default.</remarks>
internal sealed class ObjectReader
{
    private ObjectReader(string? fault, JsonObject? shape, IReadOnlyList<(IPropertySymbol Property, ITypeSymbol Type)> types) =>
        (Fault, Shape, Types) = (fault, shape, types);

    /// <summary>Why it cannot be written; null: it can, if its properties' types can.</summary>
    public string? Fault { get; }

    public JsonObject? Shape { get; }

    public IReadOnlyList<(IPropertySymbol Property, ITypeSymbol Type)> Types { get; }

    public static ObjectReader Read(INamedTypeSymbol type, Compilation compilation)
    {
        var properties = Properties(type).ToList();
        if (Constructor(type) is not { } constructor)
        {
            return Failed($"{type.ToDisplayString()} has neither a public constructor without parameters nor just one with; mark one with [JsonConstructor]");
        }

        if (!constructor.IsReachable(compilation))
        {
            return Failed($"the constructor of {type.ToDisplayString()} is not accessible to generated code");
        }

        var bound = new HashSet<string>(StringComparer.Ordinal);
        foreach (var parameter in constructor.Parameters)
        {
            var property = properties.Find(p => string.Equals(p.Name, parameter.Name, StringComparison.OrdinalIgnoreCase));
            if (property is null || parameter.RefKind != RefKind.None || !SymbolEqualityComparer.Default.Equals(property.Type, parameter.Type))
            {
                return Failed($"its constructor's parameter '{parameter.Name}' has no public property of the same name and type");
            }

            if (JsonAttributes.IsIgnored(property))
            {
                return Failed($"its constructor's parameter '{parameter.Name}' belongs to a property that is ignored");
            }

            _ = bound.Add(property.Name);
        }

        var written = properties.Where(static p => !JsonAttributes.IsIgnored(p)).ToList();
        if (written.Find(p => NeedsAccessor(p, bound) && p.ContainingType.IsGenericType) is { } generic)
        {
            return Failed($"'{generic.Name}' is an init-only property of a generic type");
        }

        var setsRequired = constructor.Attribute("System.Diagnostics.CodeAnalysis", "SetsRequiredMembersAttribute") is not null;
        return new(
            null,
            new(type.IsValueType, new(constructor.Parameters.Select(Parameter)), new(written.Select(p => Member(p, bound))))
            {
                Required = new(setsRequired ? [] : properties.Where(static p => p.IsRequired).Select(Symbols.Identifier)),
            },
            [.. written.Select(static p => (p, p.Type))]);
    }

    private static ObjectReader Failed(string why) => new(why, null, []);

    private static IEnumerable<IPropertySymbol> Properties(INamedTypeSymbol type)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in Symbols.WithBases(type).SelectMany(static t => t.GetMembers()).OfType<IPropertySymbol>())
        {
            if (property is { IsStatic: false, IsIndexer: false, DeclaredAccessibility: Accessibility.Public, RefKind: RefKind.None }
                and { GetMethod.DeclaredAccessibility: Accessibility.Public } && seen.Add(property.Name))
            {
                yield return property;
            }
        }
    }

    private static IMethodSymbol? Constructor(INamedTypeSymbol type)
    {
        var marked = type.InstanceConstructors.Where(static c => JsonAttributes.Has(c, "JsonConstructorAttribute")).ToList();
        if (marked.Count > 0)
        {
            return marked.Count == 1 ? marked[0] : null;
        }

        var open = type.InstanceConstructors.Where(static c => c.DeclaredAccessibility == Accessibility.Public).ToList();
        if (type is { IsRecord: true, IsValueType: true } && open.FindAll(static c => !c.Parameters.IsEmpty) is [var primary])
        {
            return primary;
        }

        return open.Find(static c => c.Parameters.IsEmpty) ?? (open.Count == 1 ? open[0] : null);
    }

    private static JsonParameter Parameter(IParameterSymbol parameter) => new(
        parameter.Name,
        parameter.Type.FullName(),
        AllowsNull(parameter.Type),
        parameter.HasExplicitDefaultValue ? JsonAttributes.Literal(parameter.Type, parameter.ExplicitDefaultValue) : null);

    private static JsonMember Member(IPropertySymbol property, HashSet<string> bound) =>
        new(property.Identifier(), JsonAttributes.JsonName(property), property.Type.FullName(), property.ContainingType.FullName())
        {
            Setter = SetterOf(property, bound),
            IsNullable = AllowsNull(property.Type),
            IsRequired = property.IsRequired || JsonAttributes.Has(property, "JsonRequiredAttribute"),
            Order = JsonAttributes.Order(property),
            More = new(JsonAttributes.More(property)),
        };

    private static Setter SetterOf(IPropertySymbol property, HashSet<string> bound) =>
        property.SetMethod is not { DeclaredAccessibility: Accessibility.Public } set || bound.Contains(property.Name) ? Setter.None
        : set.IsInitOnly ? Setter.Accessor : Setter.Assign;

    private static bool NeedsAccessor(IPropertySymbol property, HashSet<string> bound) => SetterOf(property, bound) == Setter.Accessor;

    private static bool AllowsNull(ITypeSymbol type) => type.IsValueType || type.NullableAnnotation != NullableAnnotation.NotAnnotated;
}
