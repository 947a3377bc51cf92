using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Naq.Generators.Tests;

/// <summary>Compiles source as a user's project would be, and runs the generator and the analyzer over it.</summary>
internal static class Compiler
{
    private const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Threading;
        global using System.Threading.Tasks;
        global using Naq;
        """;

    public static CSharpParseOptions Parsing { get; } = new(LanguageVersion.CSharp14);

    /// <summary>Every program starts from this one, so that the references are read once.</summary>
    private static readonly CSharpCompilation Empty = CSharpCompilation.Create(
        "User",
        [CSharpSyntaxTree.ParseText(Usings, Parsing, "Usings.cs")],
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(static path => !Path.GetFileName(path).StartsWith("Naq.Generators", StringComparison.Ordinal))
            .Select(static path => MetadataReference.CreateFromFile(path)),
        new(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));

    public static CSharpCompilation Compile(string source) => Empty.AddSyntaxTrees(Parse(source, "User.cs"));

    public static SyntaxTree Parse(string source, string path) =>
        CSharpSyntaxTree.ParseText(source, Parsing, path, cancellationToken: TestContext.Current.CancellationToken);

    /// <summary>A driver that remembers what each step did.</summary>
    public static GeneratorDriver Driver(string? method = null) => CSharpGeneratorDriver.Create(
        [new JobGenerator().AsSourceGenerator()], parseOptions: Parsing, optionsProvider: new Options(method),
        driverOptions: new(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));

    /// <summary>The generated files by name, one after the other, and the program with them.</summary>
    public static (string Text, Compilation Program) Generate(string source, string? method = null)
    {
        var driver = Driver(method).RunGeneratorsAndUpdateCompilation(Compile(source), out var program, out _, TestContext.Current.CancellationToken);
        var files = driver.GetRunResult().Results[0].GeneratedSources.OrderBy(static f => f.HintName, StringComparer.Ordinal);
        return (string.Concat(files.Select(static f => $"==== {f.HintName}\n{f.SourceText}\n")), program);
    }

    /// <summary>What the analyzer says of the source, each as <c>id: the text it stands at</c>, with its message.</summary>
    public static async Task<IReadOnlyList<(string Where, string Message)>> AnalyzeAsync(string source, string? method = null)
    {
        var (_, program) = Generate(source, method);
        var found = await program
            .WithAnalyzers([new JobAnalyzer()], new AnalyzerOptions([], new Options(method)))
            .GetAnalyzerDiagnosticsAsync(TestContext.Current.CancellationToken);
        return
        [
            .. found.OrderBy(static d => d.Location.SourceSpan.Start).ThenBy(static d => d.Id, StringComparer.Ordinal).Select(static d => (
                $"{d.Id}: {d.Location.SourceTree?.GetText().ToString(d.Location.SourceSpan)}",
                d.GetMessage(System.Globalization.CultureInfo.InvariantCulture))),
        ];
    }

    private sealed class Options(string? method) : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new Global(method);

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => GlobalOptions;
    }

    private sealed class Global(string? method) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? value)
        {
            value = key == JobGenerator.MethodProperty ? method : null;
            return value is not null;
        }
    }
}
