using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Naq.Generators.Reading;

/// <summary>Reads a type marked <c>[Job]</c>. The generator takes what can be written, the analyzer what is wrong.</summary>
internal sealed class JobReader(INamedTypeSymbol job, AttributeData attribute, Compilation compilation, Action<Diagnostic>? report, CancellationToken ct)
{
    private const string Time = "global::System.TimeSpan.FromTicks";

    /// <summary>Returns null where nothing can be added to the type.</summary>
    public static JobModel? Read(
        INamedTypeSymbol job, AttributeData attribute, Compilation compilation, Action<Diagnostic>? report, CancellationToken ct) =>
        new JobReader(job, attribute, compilation, report, ct).Read();

    public static string NameOf(AttributeData attribute) => attribute.ConstructorArguments is [{ Value: string name }] ? name : "";

    private JobModel? Read()
    {
        if (!IsExtendable())
        {
            return null;
        }

        var name = NameOf(attribute);
        Check(Names.IsJobType(name), Rules.BadJobName, Argument(null), name);
        var keys = UniqueKeys().ToList();
        var uniqueFor = Duration("UniqueFor");
        Check(uniqueFor is null || keys.Count > 0, Rules.UniqueForWithoutKey, Argument("UniqueFor"), job.Name);
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
            Defaults = new(Defaults()),
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
        Check(why is null, Rules.NotExtendable, job.Locations[0], job.Name, why ?? "");
        var isPartial = Containers().Prepend(job).All(IsPartial);
        Check(isPartial, Rules.NotPartial, job.Locations[0], job.Name);
        return why is null && isPartial;
    }

    private IEnumerable<INamedTypeSymbol> Containers()
    {
        for (var container = job.ContainingType; container is not null; container = container.ContainingType)
        {
            yield return container;
        }
    }

    private bool IsPartial(INamedTypeSymbol type) => type.DeclaringSyntaxReferences
        .All(s => s.GetSyntax(ct) is TypeDeclarationSyntax declaration && declaration.Modifiers.Any(SyntaxKind.PartialKeyword));

    private static string Declaration(INamedTypeSymbol type) => (type.IsRecord, type.TypeKind) switch
    {
        (true, TypeKind.Struct) => "partial record struct ",
        (true, _) => "partial record ",
        (_, TypeKind.Struct) => "partial struct ",
        (_, TypeKind.Interface) => "partial interface ",
        _ => "partial class ",
    } + type.Identifier();

    private IEnumerable<string> Defaults()
    {
        foreach (var argument in attribute.NamedArguments)
        {
            var (name, value) = (argument.Key, argument.Value.Value);
            switch (name)
            {
                case "Queue" when value is string queue:
                    Check(Names.IsQueue(queue), Rules.BadDefault, Argument(name), name, queue, "use 1 to 64 letters, digits, '_' or '-', the first a letter or digit");
                    yield return $"Queue = {SymbolDisplay.FormatLiteral(queue, quote: true)}";
                    break;
                case "MaxAttempts" when value is int attempts:
                    Check(attempts is >= 1 and <= 1000, Rules.BadDefault, Argument(name), name, attempts, "use 1 to 1000");
                    yield return FormattableString.Invariant($"MaxAttempts = {attempts}");
                    break;
                case "Priority" when value is int priority:
                    Check(priority is >= 0 and <= 2, Rules.BadDefault, Argument(name), name, priority, "use High, Normal or Low");
                    yield return FormattableString.Invariant($"Priority = (global::Naq.JobPriority){priority}");
                    break;
                case "Timeout" or "ResultTtl" when Duration(name) is { } duration:
                    yield return $"{name} = {duration}";
                    break;
            }
        }

        if (Retry() is { } retry)
        {
            yield return $"Retry = {retry}";
        }
    }

    private string? Retry()
    {
        var retry = "global::Naq.RetryPolicy.Default";
        if (attribute.Named("Backoff") is int backoff)
        {
            Check(backoff is >= 0 and <= 2, Rules.BadDefault, Argument("Backoff"), "Backoff", backoff, "use Exponential, Linear or Constant");
            retry = FormattableString.Invariant($"({retry} with {{ Backoff = (global::Naq.Backoff){backoff} }})");
        }

        var plain = retry;
        foreach (var giveUp in job.GetAttributes().Where(static a => a.AttributeClass.Is("Naq", "GiveUpOnAttribute`1")))
        {
            retry += $".GiveUpOn<{giveUp.AttributeClass!.TypeArguments[0].FullName()}>()";
        }

        return retry != plain || attribute.Named("Backoff") is not null ? retry : null;
    }

    private string? Duration(string name)
    {
        if (attribute.Named(name) is not string text)
        {
            return null;
        }

        var isValid = TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var value) && value > TimeSpan.Zero;
        Check(isValid, Rules.BadDuration, Argument(name), name, text);
        return isValid ? FormattableString.Invariant($"{Time}({value.Ticks}L)") : null;
    }

    private IEnumerable<IPropertySymbol> UniqueKeys()
    {
        var marked = new HashSet<string>(
            job.InstanceConstructors.SelectMany(static c => c.Parameters).Where(IsMarked).Select(static p => p.Name), StringComparer.Ordinal);
        foreach (var property in job.GetMembers().OfType<IPropertySymbol>())
        {
            if (!property.IsStatic && (IsMarked(property) || marked.Contains(property.Name)))
            {
                var type = property.Type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable
                    ? nullable.TypeArguments[0] : property.Type;
                Check(KnownShapes.HasText(type), Rules.BadUniqueKey, property.Locations[0], property.Name, type.ToDisplayString());
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
        Check(isContext, Rules.BadDefault, Argument("Json"), "Json", type.ToDisplayString(), "it must derive from JsonSerializerContext");
        return isContext ? new(type) : null;
    }

    private void NotSerializable(ISymbol where, ITypeSymbol type, string why) =>
        Check(false, Rules.NotSerializable, where.Locations.FirstOrDefault() ?? job.Locations[0], where.Name, why, type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat));

    private void Check(bool isRight, DiagnosticDescriptor rule, Location where, params object[] arguments)
    {
        if (!isRight)
        {
            report?.Invoke(Diagnostic.Create(rule, where, arguments));
        }
    }

    /// <summary>Where an argument of the attribute stands; null: its name, the first.</summary>
    private Location Argument(string? name)
    {
        var list = (attribute.ApplicationSyntaxReference?.GetSyntax(ct) as AttributeSyntax)?.ArgumentList?.Arguments;
        var argument = list?.FirstOrDefault(a => a.NameEquals?.Name.Identifier.ValueText == name);
        return argument?.Expression.GetLocation() ?? job.Locations[0];
    }
}
