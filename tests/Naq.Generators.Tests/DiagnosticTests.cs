using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;

namespace Naq.Generators.Tests;

/// <summary>Each diagnostic: where it stands, and that each has its page and its line in the ledger.</summary>
public sealed partial class DiagnosticTests
{
    /// <summary>What is missing of a JsonSerializerContext where its own generator does not run.</summary>
    private static readonly string[] WrittenByOthers = ["CS0534", "CS7036", "CS0117"];

    [Theory]
    [InlineData("NAQ0001: A", """[Job("a")] public sealed record A;""")]
    [InlineData("NAQ0001: A", """public class Outer { [Job("a")] public sealed partial record A; }""")]
    [InlineData("NAQ0002: \"Images Resize\"", """[Job("Images Resize")] public sealed partial record A;""")]
    [InlineData("NAQ0002: \"\"", """[Job("")] public sealed partial record A;""")]
    [InlineData("NAQ0003: B", """[Job("a")] public sealed partial record A; [Job("a")] public sealed partial record B;""")]
    [InlineData("NAQ0004: \"2m\"", """[Job("a", Timeout = "2m")] public sealed partial record A;""")]
    [InlineData("NAQ0004: \"00:00:00\"", """[Job("a", ResultTtl = "00:00:00")] public sealed partial record A;""")]
    [InlineData("NAQ0004: \"24:00:00\"", """[Job("a", UniqueFor = "24:00:00")] public sealed partial record A([UniqueKey] int X);""")]
    [InlineData("NAQ0005: \"01:00:00\"", """[Job("a", UniqueFor = "01:00:00")] public sealed partial record A(int X);""")]
    [InlineData("NAQ0006: Data", """[Job("a")] public sealed partial record A(int X, Stream Data);""")]
    [InlineData("NAQ0006: Any", """[Job("a")] public sealed partial record A(object Any);""")]
    [InlineData("NAQ0006: Pair", """[Job("a")] public sealed partial record A((int, int) Pair);""")]
    [InlineData("NAQ0006: Lines", """[Job("a")] public sealed partial record A(List<Line> Lines); public sealed record Line(Action Do);""")]
    [InlineData("NAQ0006: Map", """[Job("a")] public sealed partial record A(Dictionary<Key, int> Map); public sealed record Key(int X);""")]
    [InlineData("NAQ0006: X", """[Job("a")] public sealed partial record A(Animal X); public abstract record Animal;""")]
    [InlineData("NAQ0006: A", """[Job("a")] public sealed partial class A { public A(int x) { } public A(string y) { } }""")]
    [InlineData("NAQ0006: A", """[Job("a")] public sealed partial class A(int x) { public long X => x; }""")]
    [InlineData("NAQ0006: A", """[Job("a")] public sealed partial record A : IJob<A, Stream>;""")]
    [InlineData("NAQ0007: \"my queue\"", """[Job("a", Queue = "my queue")] public sealed partial record A;""")]
    [InlineData("NAQ0007: 0", """[Job("a", MaxAttempts = 0)] public sealed partial record A;""")]
    [InlineData("NAQ0007: (JobPriority)7", """[Job("a", Priority = (JobPriority)7)] public sealed partial record A;""")]
    [InlineData("NAQ0007: typeof(string)", """[Job("a", Json = typeof(string))] public sealed partial record A;""")]
    [InlineData("NAQ0008: A", """[Job("a")] public sealed partial record A<T>;""")]
    [InlineData("NAQ0008: A", """[Job("a")] public abstract partial record A;""")]
    [InlineData("NAQ0008: A", """public partial class Outer { [Job("a")] private sealed partial record A; }""")]
    [InlineData("NAQ0008: A", """[Job("a")] file sealed partial record A;""")]
    [InlineData("NAQ0009: Lines", """[Job("a")] public sealed partial record A([UniqueKey] List<int> Lines);""")]
    [InlineData("NAQ0010: Run", """public static class H { [JobHandler] public static void Run(string job) { } }""")]
    [InlineData("NAQ0010: Run", """[Job("a")] public sealed partial record A; public static class H { [JobHandler] public static void Run(A a, A b) { } }""")]
    [InlineData("NAQ0011: Two", """
        [Job("a")] public sealed partial record A;
        public static class H { [JobHandler] public static void One(A a) { } [JobHandler] public static void Two(A a) { } }
        """)]
    [InlineData("NAQ0012: Run", """[Job("a")] public sealed partial record A; public static class H { [JobHandler] public static async void Run(A a) => await Task.Yield(); }""")]
    [InlineData("NAQ0013: Run", """[Job("a")] public sealed partial record A; public static class H { [JobHandler] public static Task Run(A a) => Task.CompletedTask; }""")]
    [InlineData("NAQ0014: Run", """[Job("a")] public sealed partial record A; public static class H { [JobHandler] public static int Run(A a) => 1; }""")]
    [InlineData("NAQ0014: Run", """[Job("a")] public sealed partial record A : IJob<A, int>; public static class H { [JobHandler] public static void Run(A a) { } }""")]
    [InlineData("NAQ0014: Run", """[Job("a")] public sealed partial record A : IJob<A, int>; public static class H { [JobHandler] public static string Run(A a) => ""; }""")]
    [InlineData("NAQ0015: Run", """[Job("a")] public sealed partial record A; public static class H { [JobHandler] private static void Run(A a) { } }""")]
    [InlineData("NAQ0015: Run", """[Job("a")] public sealed partial record A; public static class H { [JobHandler] public static void Run<T>(A a) { } }""")]
    [InlineData("NAQ0015: Run", """[Job("a")] public sealed partial record A; public static class H { [JobHandler] public static void Run(A a, ref int b) { } }""")]
    [InlineData("NAQ0015: Run", """[Job("a")] public sealed partial record A; public abstract class H { [JobHandler] public void Run(A a) { } }""")]
    public async Task It_stands_where_the_fault_is(string expected, string source)
    {
        var found = await Compiler.AnalyzeAsync(source);

        Assert.Equal([expected], found.Select(static f => f.Where));
    }

    [Fact]
    public async Task A_method_name_that_is_none_is_told_of() =>
        Assert.Equal(["NAQ0016: "], (await Compiler.AnalyzeAsync("public sealed class A;", "my jobs")).Select(static f => f.Where));

    [Fact]
    public async Task All_faults_of_a_job_are_told_at_once()
    {
        var found = await Compiler.AnalyzeAsync("""[Job("A", Timeout = "x", MaxAttempts = 1001)] public sealed partial record A(Stream S, Action T);""");

        Assert.Equal(["NAQ0002: \"A\"", "NAQ0004: \"x\"", "NAQ0007: 1001", "NAQ0006: S", "NAQ0006: T"], found.Select(static f => f.Where));
    }

    [Fact]
    public async Task What_cannot_be_written_is_told_with_its_path_and_the_way_out()
    {
        var found = await Compiler.AnalyzeAsync("""[Job("a")] public sealed partial record A(List<Line> Lines); public sealed record Line(Stream Photo);""");

        Assert.Equal(
            "'Lines' cannot be written as JSON by the generator: Photo: System.IO.Stream is a type of the platform without a JSON form "
            + "that the generator knows. Change it, or give the job a context: "
            + "[Job(..., Json = typeof(MyContext))] with [JsonSerializable(typeof(List<Line>))] on MyContext.",
            Assert.Single(found).Message);
    }

    [Fact]
    public async Task A_context_that_lists_the_type_is_the_way_out() => Assert.Empty(await Compiler.AnalyzeAsync("""
        using System.Text.Json.Serialization;
        [Job("a", Json = typeof(MyJson))] public sealed partial record A(List<Animal> Animals);
        public abstract record Animal;
        [JsonSerializable(typeof(Animal))] public sealed partial class MyJson : JsonSerializerContext;
        """));

    [Fact]
    public async Task A_job_written_by_hand_can_be_handled() => Assert.Empty(await Compiler.AnalyzeAsync("""
        public sealed record A : IJob<A> { public static JobType<A> JobType => throw new NotSupportedException(); }
        public static class H { [JobHandler] public static void Run(A a) { } }
        """));

    [Fact]
    public async Task Each_has_a_page_and_a_line_in_the_ledger()
    {
        var rules = typeof(Reading.Rules).GetFields(BindingFlags.Static | BindingFlags.Public).Select(static f => f.GetValue(null)).OfType<DiagnosticDescriptor>().ToList();
        var ledger = await File.ReadAllTextAsync(
            Path.Combine(Root(), "src", "Naq.Generators", "AnalyzerReleases.Unshipped.md"), TestContext.Current.CancellationToken);

        Assert.Equal(rules.Select(static r => r.Id), new JobAnalyzer().SupportedDiagnostics.Select(static r => r.Id));
        Assert.All(rules, rule =>
        {
            Assert.Equal($"docs/diagnostics/{rule.Id}.md", rule.HelpLinkUri);
            Assert.Equal($"# {rule.Id}: {rule.Title}", File.ReadLines(Path.Combine(Root(), rule.HelpLinkUri)).First());
            Assert.Contains($"{rule.Id} | {rule.Category} | {rule.DefaultSeverity} |", ledger, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Each_page_shows_the_fault_and_then_the_cure()
    {
        var pages = Directory.GetFiles(Path.Combine(Root(), "docs", "diagnostics"), "NAQ*.md").Where(static p => !p.EndsWith("NAQ0016.md", StringComparison.Ordinal));
        foreach (var page in pages)
        {
            var id = Path.GetFileNameWithoutExtension(page);
            var blocks = CSharp().Matches(await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken)).Select(static m => m.Groups[1].Value).ToList();

            Assert.Equal(2, blocks.Count);
            Assert.Equal(id, Assert.Single(await Compiler.AnalyzeAsync(blocks[0])).Where[..7]);
            Assert.Empty(await Compiler.AnalyzeAsync(blocks[1]));
            Assert.Empty(Compiler.Generate(blocks[1]).Program.GetDiagnostics(TestContext.Current.CancellationToken)
                .Where(static d => d.Severity == DiagnosticSeverity.Error && !WrittenByOthers.Contains(d.Id)).Select(d => $"{id}: {d}"));
        }
    }

    [Theory]
    [InlineData("a")]
    [InlineData("A")]
    [InlineData("9.a-b_c")]
    [InlineData("-a")]
    [InlineData("ä")]
    [InlineData("a b")]
    [InlineData("")]
    [InlineData(null)]
    public void Names_are_judged_as_the_library_does(string? text)
    {
        Assert.Equal(Names.IsJobType(text), Reading.Names.IsJobType(text));
        Assert.Equal(Names.IsName(text), Reading.Names.IsQueue(text));
    }

    [Theory]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(96)]
    [InlineData(97)]
    public void Lengths_are_judged_as_the_library_does(int length)
    {
        var text = new string('a', length);

        Assert.Equal(Names.IsJobType(text), Reading.Names.IsJobType(text));
        Assert.Equal(Names.IsName(text), Reading.Names.IsQueue(text));
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CSharp();

    private static string Root([System.Runtime.CompilerServices.CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
}
