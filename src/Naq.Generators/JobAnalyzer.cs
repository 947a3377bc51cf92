using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Naq.Generators.Reading;

namespace Naq.Generators;

/// <summary>Says what is wrong with jobs and handlers, where it stands. Reads them as the generator does, so that the two agree.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class JobAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
    [
        Rules.NotPartial, Rules.BadJobName, Rules.DuplicateJobName, Rules.BadDuration, Rules.UniqueForWithoutKey, Rules.NotSerializable,
        Rules.BadDefault, Rules.NotExtendable, Rules.BadUniqueKey, Rules.NoJobParameter, Rules.TwoHandlers, Rules.AsyncVoid,
        Rules.NoCancellation, Rules.BadReturn, Rules.NotCallable, Rules.BadMethodName,
    ];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(static start =>
        {
            var names = new ConcurrentBag<(string Name, ISymbol Symbol)>();
            var handled = new ConcurrentBag<(string Name, ISymbol Symbol)>();
            start.RegisterSymbolAction(symbol => Job(symbol, names), SymbolKind.NamedType);
            start.RegisterSymbolAction(symbol => Handler(symbol, handled), SymbolKind.Method);
            start.RegisterCompilationEndAction(end =>
            {
                foreach (var (name, first, next) in Twice(names))
                {
                    end.ReportDiagnostic(Diagnostic.Create(Rules.DuplicateJobName, next.Locations[0], name, first.ToDisplayString()));
                }

                foreach (var (name, first, next) in Twice(handled))
                {
                    end.ReportDiagnostic(Diagnostic.Create(Rules.TwoHandlers, next.Locations[0], NameOf(next), name, NameOf(first)));
                }

                if (end.Options.AnalyzerConfigOptionsProvider.GlobalOptions.TryGetValue(JobGenerator.MethodProperty, out var method)
                    && method.Length > 0 && !SyntaxFacts.IsValidIdentifier(method))
                {
                    end.ReportDiagnostic(Diagnostic.Create(Rules.BadMethodName, Location.None, method));
                }
            });
        });
    }

    private static void Job(SymbolAnalysisContext context, ConcurrentBag<(string Name, ISymbol Symbol)> names)
    {
        var job = (INamedTypeSymbol)context.Symbol;
        if (job.Attribute("Naq", "JobAttribute") is { } attribute)
        {
            _ = JobReader.Read(job, attribute, context.Compilation, context.ReportDiagnostic, context.CancellationToken);
            names.Add((JobReader.NameOf(attribute), job));
        }
    }

    private static void Handler(SymbolAnalysisContext context, ConcurrentBag<(string Name, ISymbol Symbol)> handled)
    {
        var method = (IMethodSymbol)context.Symbol;
        if (method.Attribute("Naq", "JobHandlerAttribute") is null)
        {
            return;
        }

        _ = HandlerReader.Read(method, context.Compilation, context.ReportDiagnostic);
        if (HandlerReader.JobOf(method) is { } job)
        {
            handled.Add((job.ToDisplayString(), method));
        }
    }

    /// <summary>Symbols arrive in any order; the one that stands first in the source counts as the first.</summary>
    private static IEnumerable<(string Name, ISymbol First, ISymbol Next)> Twice(IEnumerable<(string Name, ISymbol Symbol)> found) =>
        from same in found.GroupBy(static f => f.Name, static f => f.Symbol, StringComparer.Ordinal)
        let sorted = same
            .OrderBy(static s => s.Locations[0].SourceTree?.FilePath, StringComparer.Ordinal)
            .ThenBy(static s => s.Locations[0].SourceSpan.Start)
            .ToList()
        from next in sorted.Skip(1)
        select (same.Key, sorted[0], next);

    private static string NameOf(ISymbol method) => $"{method.ContainingType.Name}.{method.Name}";
}
