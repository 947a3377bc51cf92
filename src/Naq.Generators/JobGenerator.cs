using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Naq.Generators.Reading;
using Naq.Generators.Writing;

namespace Naq.Generators;

/// <summary>Writes the other half of each <c>[Job]</c>, and one method that registers each <c>[JobHandler]</c>.</summary>
/// <remarks>What is wrong with them, <see cref="JobAnalyzer"/> says. Every step ends in a value without symbols, so that an edit elsewhere leaves it cached.</remarks>
[Generator(LanguageNames.CSharp)]
public sealed class JobGenerator : IIncrementalGenerator
{
    internal const string JobAttribute = "Naq.JobAttribute";
    internal const string HandlerAttribute = "Naq.JobHandlerAttribute";
    internal const string MethodProperty = "build_property.NaqJobsMethod";
    internal const string DefaultMethod = "AddJobs";

    /// <summary>The steps, for the tests of caching.</summary>
    internal const string Jobs = nameof(Jobs), Handlers = nameof(Handlers), Method = nameof(Method), Registration = nameof(Registration);

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var jobs = context.SyntaxProvider
            .ForAttributeWithMetadataName(JobAttribute, static (node, _) => node is TypeDeclarationSyntax, static (found, ct) =>
                JobReader.Read((INamedTypeSymbol)found.TargetSymbol, found.Attributes[0], found.SemanticModel.Compilation, null, ct))
            .Where(static job => job is not null)
            .Select(static (job, _) => job!)
            .WithTrackingName(Jobs);
        var handlers = context.SyntaxProvider
            .ForAttributeWithMetadataName(HandlerAttribute, static (node, _) => node is MethodDeclarationSyntax, static (found, _) =>
                HandlerReader.Read((IMethodSymbol)found.TargetSymbol, found.SemanticModel.Compilation, null))
            .Where(static handler => handler is not null)
            .Select(static (handler, _) => handler!)
            .WithTrackingName(Handlers);
        var method = context.AnalyzerConfigOptionsProvider.Select(static (options, _) => MethodName(options.GlobalOptions)).WithTrackingName(Method);
        var hasJobs = jobs.Collect().Select(static (all, _) => all.Length > 0);
        var registration = handlers.Collect().Select(static (all, _) => new EquatableArray<HandlerModel>(all))
            .Combine(hasJobs)
            .Combine(method)
            .Select(static (all, _) => (Handlers: all.Left.Left, IsWanted: all.Left.Right || all.Left.Left.Count > 0, Method: all.Right))
            .WithTrackingName(Registration);

        context.RegisterSourceOutput(jobs, static (output, job) => output.AddSource(JobWriter.FileName(job), JobWriter.Write(job)));
        context.RegisterSourceOutput(registration, static (output, all) =>
        {
            if (all.IsWanted)
            {
                output.AddSource("Naq.AddJobs.g.cs", RegistrationWriter.Write(all.Method, all.Handlers));
            }
        });
    }

    private static string MethodName(AnalyzerConfigOptions options) =>
        options.TryGetValue(MethodProperty, out var name) && SyntaxFacts.IsValidIdentifier(name) ? name : DefaultMethod;
}
