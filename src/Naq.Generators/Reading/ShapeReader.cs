using Microsoft.CodeAnalysis;

namespace Naq.Generators.Reading;

/// <summary>Finds how a type and all types within it are written as JSON, or says why one is not.</summary>
internal sealed class ShapeReader(Compilation compilation, JsonContext? context)
{
    private readonly List<JsonShape> _shapes = [];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    public IEnumerable<JsonShape> Shapes => _shapes;

    /// <summary>Reads the job itself, always as an object; tells of each property that cannot be written.</summary>
    public void ReadJob(INamedTypeSymbol job, Action<ISymbol, ITypeSymbol, string> fault)
    {
        _ = _seen.Add(job.FullName());
        Add(job, ObjectReader.Read(job, compilation), fault);
    }

    /// <summary>Reads a type; returns why it cannot be written, or null.</summary>
    public string? Read(ITypeSymbol type)
    {
        var name = type.FullName();
        if (context?.Lists(type) == true || !_seen.Add(name))
        {
            return null;
        }

        if (JsonAttributes.Converter(type) is { } converter)
        {
            _shapes.Add(Converted(name, converter));
            return null;
        }

        if (KnownShapes.Find(type) is { } known)
        {
            _shapes.Add(new(name, known.Expression, null));
            return ReadParts(type, known.Parts);
        }

        if (WhyNoObject(type) is { } why)
        {
            return why;
        }

        string? first = null;
        Add((INamedTypeSymbol)type, ObjectReader.Read((INamedTypeSymbol)type, compilation), (member, _, reason) => first ??= $"{member.Name}: {reason}");
        return first;
    }

    private string? ReadParts(ITypeSymbol type, IReadOnlyList<ITypeSymbol> parts)
    {
        if (type is INamedTypeSymbol { Arity: 2 } && !KnownShapes.HasText(parts[0]))
        {
            return $"{parts[0].ToDisplayString()} cannot be the key of a dictionary";
        }

        return parts.Select(Read).FirstOrDefault(static why => why is not null);
    }

    private void Add(INamedTypeSymbol type, ObjectReader read, Action<ISymbol, ITypeSymbol, string> fault)
    {
        if (read.Fault is { } why)
        {
            fault(type, type, why);
            return;
        }

        _shapes.Add(new(type.FullName(), null, read.Shape));
        foreach (var member in read.Types)
        {
            if (JsonAttributes.Fault(member.Property) is { } unread)
            {
                fault(member.Property, member.Type, unread);
            }
            else if (Read(member.Type) is { } unwritten)
            {
                if (JsonAttributes.Converter(member.Property) is { } converter)
                {
                    // The property writes itself, but System.Text.Json asks for its type's shape all the same.
                    _ = _shapes.RemoveAll(s => s.Type == member.Type.FullName());
                    _shapes.Add(Converted(member.Type.FullName(), converter));
                }
                else
                {
                    fault(member.Property, member.Type, unwritten);
                }
            }
        }
    }

    private static JsonShape Converted(string type, string converter) =>
        new(type, $"global::Naq.Generated.JobJson.Converted<{type}>(options, new {converter}())", null);

    private string? WhyNoObject(ITypeSymbol type) => type switch
    {
        _ when IsOfPlatform(type) => $"{type.ToDisplayString()} is a type of the platform without a JSON form that the generator knows",
        not INamedTypeSymbol { TypeKind: TypeKind.Class or TypeKind.Struct } => $"{type.ToDisplayString()} is no class, record or struct",
        { IsAbstract: true } or { IsStatic: true } => $"{type.ToDisplayString()} is abstract",
        { IsTupleType: true } or { IsRefLikeType: true } or { IsAnonymousType: true } => $"{type.ToDisplayString()} has no JSON form",
        _ when !type.IsReachable(compilation) => $"{type.ToDisplayString()} is not accessible to generated code",
        _ when type.AllInterfaces.Any(static i => i.SpecialType == SpecialType.System_Collections_IEnumerable) =>
            $"{type.ToDisplayString()} is a collection that the generator does not know",
        _ => JsonAttributes.Fault(type),
    };

    private static bool IsOfPlatform(ITypeSymbol type)
    {
        var space = type.ContainingNamespace?.ToDisplayString() ?? "";
        return space == "System" || space.StartsWith("System.", StringComparison.Ordinal) || space.StartsWith("Microsoft.", StringComparison.Ordinal);
    }
}

/// <summary>A user's <c>JsonSerializerContext</c> and the types it lists.</summary>
internal sealed class JsonContext(INamedTypeSymbol type)
{
    public string Name { get; } = type.FullName();

    private readonly HashSet<ITypeSymbol> _types = new(
        type.GetAttributes()
            .Where(static a => a.AttributeClass.Is("System.Text.Json.Serialization", "JsonSerializableAttribute"))
            .Select(static a => a.ConstructorArguments.FirstOrDefault().Value)
            .OfType<ITypeSymbol>(),
        SymbolEqualityComparer.Default);

    public bool Lists(ITypeSymbol asked) => _types.Contains(asked);
}
