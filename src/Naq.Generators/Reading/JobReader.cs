using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Naq.Generators.Reading;

/// <summary>Reads a type marked <c>[Job]</c>. The generator takes what can be written, the analyzer what is wrong.</summary>
internal sealed class JobReader(INamedTypeSymbol job, AttributeData attribute, Compilation compilation, JobFaults faults, CancellationToken ct)
{
    /// <summary>Returns null where nothing can be added to the type.</summary>
    public static JobModel? Read(
        INamedTypeSymbol job, AttributeData attribute, Compilation compilation, Action<Diagnostic>? report, CancellationToken ct) =>
        new JobReader(job, attribute, compilation, new(job, attribute, report, ct), ct).Read();

    public static string NameOf(AttributeData attribute) => attribute.ConstructorArguments is [{ Value: string name }] ? name : "";

    private JobModel? Read()
    {
        if (!IsExtendable())
        {
            return null;
        }

        var name = NameOf(attribute);
        faults.Check(Names.IsJobType(name), Rules.BadJobName, faults.Argument(null), name);
        var keys = UniqueKeys().ToList();
        var defaults = new JobDefaults(job, attribute, faults);
        var uniqueFor = defaults.Duration("UniqueFor");
        faults.Check(uniqueFor is null || keys.Count > 0, Rules.UniqueForWithoutKey, faults.Argument("UniqueFor"), job.Name);
        var context = Context();
        var result = job.Result();
        var shapes = new ShapeReader(compilation, context);
        var isWrittenByContext = context?.Lists(job) == true;
        if (!isWrittenByContext)
        {
            shapes.ReadJob(job, NotSerializable);
        }

        if (result is not null && shapes.Read(result) is { } why)
        {
            NotSerializable(job, result, why);
        }

        return new(
            job.ContainingNamespace.IsGlobalNamespace ? "" : job.ContainingNamespace.ToDisplayString(),
            new(Containers().Reverse().Select(Declaration)), Declaration(job), job.Name, job.FullName(), name)
        {
            Defaults = new(defaults.Read()),
            UniqueKey = new(keys.Select(static k => $"global::Naq.Generated.JobKey.Text(job.{k.Identifier()})")),
            UniqueFor = uniqueFor,
            Result = result?.FullName(),
            Context = context?.Name,
            IsWrittenByContext = isWrittenByContext,
            IsResultWrittenByContext = result is not null && context?.Lists(result) == true,
            Shapes = new(shapes.Shapes),
        };
    }

    private bool IsExtendable()
    {
        var why = job switch
        {
            { IsRefLikeType: true } or { IsStatic: true } or { IsAbstract: true } => "it must be a type whose values exist: not abstract, static or ref",
            _ when job.IsGenericType => "it must not be generic, nor be inside of a generic type: a job has one name",
            _ when !job.IsReachable(compilation) => "it must be public or internal, and not local to a file: the worker's code names it",
            _ => null,
        };
        faults.Check(why is null, Rules.NotExtendable, job.Locations[0], job.Name, why ?? "");
        var isPartial = Containers().Prepend(job).All(IsPartial);
        faults.Check(isPartial, Rules.NotPartial, job.Locations[0], job.Name);
        return why is null && isPartial;
    }

    private IEnumerable<INamedTypeSymbol> Containers()
    {
        for (var container = job.ContainingType; container is not null; container = container.ContainingType)
        {
            yield return container;
        }
    }

    private bool IsPartial(INamedTypeSymbol type) => type.DeclaringSyntaxReferences.All(
        s => s.GetSyntax(ct) is TypeDeclarationSyntax declaration && declaration.Modifiers.Any(SyntaxKind.PartialKeyword));

    private static string Declaration(INamedTypeSymbol type) => (type.IsRecord, type.TypeKind) switch
    {
        (true, TypeKind.Struct) => "partial record struct ",
        (true, _) => "partial record ",
        (_, TypeKind.Struct) => "partial struct ",
        (_, TypeKind.Interface) => "partial interface ",
        _ => "partial class ",
    } + type.Identifier();

    private IEnumerable<IPropertySymbol> UniqueKeys()
    {
        var marked = new HashSet<string>(
            job.InstanceConstructors.SelectMany(static c => c.Parameters).Where(IsMarked).Select(static p => p.Name), StringComparer.Ordinal);
        var properties = Symbols.WithBases(job).SelectMany(static t => t.GetMembers()).OfType<IPropertySymbol>();
        foreach (var property in properties)
        {
            if (!property.IsStatic && (IsMarked(property) || marked.Contains(property.Name)))
            {
                var type = property.Type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable
                    ? nullable.TypeArguments[0] : property.Type;
                faults.Check(KnownShapes.HasText(type), Rules.BadUniqueKey, property.Locations[0], property.Name, type.ToDisplayString());
                yield return property;
            }
        }
    }

    private static bool IsMarked(ISymbol symbol) => symbol.Attribute("Naq", "UniqueKeyAttribute") is not null;

    private JsonContext? Context()
    {
        if (attribute.Named("Json") is not INamedTypeSymbol type)
        {
            return null;
        }

        var isContext = type.BaseType.Is("System.Text.Json.Serialization", "JsonSerializerContext") && type.IsReachable(compilation);
        faults.Check(isContext, Rules.BadDefault, faults.Argument("Json"), "Json", type.ToDisplayString(), "it must derive from JsonSerializerContext");
        return isContext ? new(type) : null;
    }

    private void NotSerializable(ISymbol where, ITypeSymbol type, string why) => faults.Check(
        false, Rules.NotSerializable, where.Locations.FirstOrDefault() ?? job.Locations[0],
        where.Name, why, type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat));
}
