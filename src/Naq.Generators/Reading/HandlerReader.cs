using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Naq.Generators.Reading;

/// <summary>Reads a method marked <c>[JobHandler]</c>. The generator takes what can be called, the analyzer what is wrong.</summary>
internal sealed class HandlerReader(IMethodSymbol method, Compilation compilation, Action<Diagnostic>? report)
{
    private const string Provider = "global::Microsoft.Extensions.DependencyInjection.";

    private readonly string _name = $"{method.ContainingType.Name}.{method.Name}";

    /// <summary>Returns null where the method cannot be a handler.</summary>
    public static HandlerModel? Read(IMethodSymbol method, Compilation compilation, Action<Diagnostic>? report) =>
        new HandlerReader(method, compilation, report).Read();

    /// <summary>The job among the parameters of a method; null: not exactly one.</summary>
    public static ITypeSymbol? JobOf(IMethodSymbol method) =>
        method.Parameters.Where(static p => p.Type.IsJob()).Select(static p => p.Type).ToList() is [var only] ? only : null;

    private HandlerModel? Read()
    {
        if (WhyNotCallable() is { } why)
        {
            return Refuse(Rules.NotCallable, why);
        }

        if (method is { IsAsync: true, ReturnsVoid: true })
        {
            return Refuse(Rules.AsyncVoid);
        }

        if (JobOf(method) is not { } job)
        {
            return Refuse(Rules.NoJobParameter, method.Parameters.Count(static p => p.Type.IsJob()));
        }

        var (returns, fault) = ReturnsOf(job.Result());
        if (fault is not null)
        {
            return Refuse(Rules.BadReturn, method.ReturnType.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat), fault);
        }

        if (IsAwaited(method.ReturnType) && !method.Parameters.Any(static p => IsToken(p.Type)))
        {
            _ = Refuse(Rules.NoCancellation);
        }

        return new(
            job.FullName(), method.ContainingType.FullName(), method.Identifier(), method.IsStatic, returns,
            new(method.Parameters.Select(Argument)));
    }

    private HandlerModel? Refuse(DiagnosticDescriptor rule, params object[] arguments)
    {
        report?.Invoke(Diagnostic.Create(rule, method.Locations[0], [_name, .. arguments]));
        return null;
    }

    private string? WhyNotCallable()
    {
        var type = method.ContainingType;
        return method switch
        {
            { MethodKind: not MethodKind.Ordinary } => "it is no ordinary method",
            { IsGenericMethod: true } => "it is generic",
            _ when type.IsGenericType => "its class is generic",
            _ when !method.IsStatic && type is not { TypeKind: TypeKind.Class, IsAbstract: false } =>
                "an instance method needs a class that can be made; make it static, or its class not abstract",
            _ when !method.IsReachable(compilation) || !type.IsReachable(compilation) => "it and its class must be public or internal",
            _ when method.Parameters.Any(static p => p.RefKind != RefKind.None || p.Type.IsRefLikeType) => "a parameter is passed by reference",
            _ => null,
        };
    }

    private (Returns Returns, string? Fault) ReturnsOf(ITypeSymbol? result)
    {
        const string WithResult = "the job has a result: return it, or a JobOutcome, as it is or in a Task or ValueTask";
        const string WithoutResult = "the job has no result: return nothing, Task, ValueTask or a JobOutcome, or declare it as IJob<TSelf, TResult>";
        var type = method.ReturnType;
        var inner = Inner(type);
        return type switch
        {
            _ when IsOutcome(type) => (Returns.Outcome, null),
            _ when IsOutcome(inner) => (type.Is("System.Threading.Tasks", "Task`1") ? Returns.TaskOfOutcome : Returns.ValueTaskOfOutcome, null),
            _ when result is not null && IsAssignable(inner, result) => (Returns.TaskOfResult, null),
            _ when result is not null && inner is null && !IsAwaited(type) && IsAssignable(type, result) => (Returns.Result, null),
            _ when result is not null => (Returns.Nothing, WithResult),
            _ when method.ReturnsVoid => (Returns.Nothing, null),
            _ when inner is null && IsAwaited(type) => (Returns.Task, null),
            _ => (Returns.Nothing, WithoutResult),
        };
    }

    private bool IsAssignable(ITypeSymbol? from, ITypeSymbol to) =>
        from is not null && compilation.ClassifyCommonConversion(from, to) is { IsImplicit: true } and ({ IsIdentity: true } or { IsReference: true });

    private static ITypeSymbol? Inner(ITypeSymbol type) =>
        IsAwaited(type) && type is INamedTypeSymbol { TypeArguments: [var inner] } ? inner : null;

    private static bool IsAwaited(ITypeSymbol type) =>
        type.Is("System.Threading.Tasks", "Task") || type.Is("System.Threading.Tasks", "Task`1")
        || type.Is("System.Threading.Tasks", "ValueTask") || type.Is("System.Threading.Tasks", "ValueTask`1");

    private static bool IsOutcome(ITypeSymbol? type) => type.Is("Naq", "JobOutcome");

    private static bool IsToken(ITypeSymbol type) => type.Is("System.Threading", "CancellationToken");

    private static string Argument(IParameterSymbol parameter)
    {
        var type = parameter.Type;
        if (type.IsJob())
        {
            return "job";
        }

        if (IsToken(type))
        {
            return "ct";
        }

        if (type.Is("Naq", "JobContext"))
        {
            return "context";
        }

        if (parameter.Attribute("Microsoft.Extensions.DependencyInjection", "FromKeyedServicesAttribute")
            ?.ConstructorArguments is [{ Kind: TypedConstantKind.Primitive, Value: { } key }])
        {
            return $"{Provider}ServiceProviderKeyedServiceExtensions.GetRequiredKeyedService<{type.FullName()}>"
                + $"(services, {SymbolDisplay.FormatPrimitive(key, quoteStrings: true, useHexadecimalNumbers: false)})";
        }

        return parameter.HasExplicitDefaultValue
            ? $"{Provider}ServiceProviderServiceExtensions.GetService<{type.FullName()}>(services)"
            : $"{Provider}ServiceProviderServiceExtensions.GetRequiredService<{type.FullName()}>(services)";
    }
}
