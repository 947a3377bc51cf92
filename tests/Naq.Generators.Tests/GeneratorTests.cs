using Microsoft.CodeAnalysis;
using Naq.Cli.Tests;

namespace Naq.Generators.Tests;

/// <summary>The generated text itself, and that an edit elsewhere leaves each step cached.</summary>
public sealed class GeneratorTests
{
    private const string Shop = """
        namespace Shop;

        [Job("images.resize", Queue = "cpu", MaxAttempts = 8, Timeout = "00:02:00"), GiveUpOn<FormatException>]
        public sealed partial record ResizeImage(string Path, int Width = 100, IReadOnlyList<Frame>? Frames = null);

        public sealed record Frame(int Left, int Top)
        {
            public required string Name { get; init; }
        }

        [Job("billing.reconcile", UniqueFor = "1.00:00:00")]
        internal readonly partial record struct Reconcile([property: UniqueKey] long AccountId, [UniqueKey] string Region);

        public partial class Texts
        {
            [Job("text.count")]
            public sealed partial record Count(Uri Url) : IJob<Count, int>;
        }

        public interface IBlobs;

        public sealed class Images(IBlobs blobs)
        {
            public IBlobs Blobs => blobs;

            [JobHandler]
            public async Task ResizeAsync(ResizeImage job, JobContext context, CancellationToken ct) => await Task.Delay(job.Width, ct);

            [JobHandler]
            internal static JobOutcome Reconcile(Reconcile job, TimeProvider clock) => JobOutcome.Done;

            [JobHandler]
            public ValueTask<int> CountAsync(Texts.Count job, CancellationToken ct) => new(1);
        }
        """;

    private static readonly string[] Steps = [JobGenerator.Jobs, JobGenerator.Handlers, JobGenerator.Method, JobGenerator.Registration];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void What_is_generated_is_approved_and_compiles_without_a_warning()
    {
        var (text, program) = Compiler.Generate(Shop);

        Assert.Empty(program.GetDiagnostics(Ct).Where(static d => d.Severity >= DiagnosticSeverity.Warning));
        Approved.Check("shop.txt", text);
    }

    [Theory]
    [InlineData("AddShopJobs", "AddShopJobs")]
    [InlineData("", "AddJobs")]
    [InlineData("not a name", "AddJobs")]
    public void NaqJobsMethod_names_the_method(string property, string method) =>
        Assert.Contains($"internal static global::Naq.NaqBuilder {method}(this", Compiler.Generate(Shop, property).Text, StringComparison.Ordinal);

    [Fact]
    public void A_program_without_jobs_gets_nothing() => Assert.Equal("", Compiler.Generate("public sealed class Nothing;").Text);

    [Fact]
    public void Jobs_without_handlers_get_an_AddJobs_that_adds_nothing()
    {
        var (text, program) = Compiler.Generate("""[Job("a")] public sealed partial record A; public static class B { public static NaqBuilder C(NaqBuilder n) => n.AddJobs(); }""");

        Assert.Empty(program.GetDiagnostics(Ct).Where(static d => d.Severity >= DiagnosticSeverity.Warning));
        Assert.DoesNotContain("AddHandler", text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_edit_in_another_file_leaves_every_step_cached()
    {
        var before = Compiler.Compile(Shop);

        var after = before.AddSyntaxTrees(Compiler.Parse("public sealed class Unrelated { public int X => 1; }", "Other.cs"));

        AssertCached(before, after);
    }

    [Fact]
    public void An_unrelated_edit_in_the_same_file_leaves_every_step_cached()
    {
        var before = Compiler.Compile(Shop);
        var edited = Shop
            .Replace("namespace Shop;", "namespace Shop;\n\n// a comment that moves all lines\npublic sealed class Unrelated;", StringComparison.Ordinal)
            .Replace("=> new(1);", "{ return new(2); }", StringComparison.Ordinal);

        var after = before.ReplaceSyntaxTree(before.SyntaxTrees[1], Compiler.Parse(edited, "User.cs"));

        AssertCached(before, after);
    }

    [Fact]
    public void A_job_that_changes_is_written_anew_and_no_other()
    {
        var before = Compiler.Compile(Shop);
        var edited = Shop.Replace("int Width = 100", "long Width = 100", StringComparison.Ordinal).Replace("job.Width", "1", StringComparison.Ordinal);
        var after = before.ReplaceSyntaxTree(before.SyntaxTrees[1], Compiler.Parse(edited, "User.cs"));

        var result = RunTwice(before, after);

        Assert.Equal(
            [IncrementalStepRunReason.Modified, IncrementalStepRunReason.Cached, IncrementalStepRunReason.Cached],
            result.TrackedSteps[JobGenerator.Jobs].SelectMany(static s => s.Outputs).Select(static o => o.Reason).Order());
        Assert.Equal(
            [IncrementalStepRunReason.Modified, IncrementalStepRunReason.Cached, IncrementalStepRunReason.Cached, IncrementalStepRunReason.Cached],
            result.TrackedOutputSteps.SelectMany(static s => s.Value).SelectMany(static s => s.Outputs).Select(static o => o.Reason).Order());
    }

    private static void AssertCached(Compilation before, Compilation after)
    {
        var result = RunTwice(before, after);

        Assert.All(Steps, step =>
        {
            Assert.NotEmpty(result.TrackedSteps[step]);
            Assert.All(
                result.TrackedSteps[step].SelectMany(static s => s.Outputs),
                static o => Assert.True(o.Reason is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged, $"{o.Reason}"));
        });
        Assert.All(
            result.TrackedOutputSteps.SelectMany(static s => s.Value).SelectMany(static s => s.Outputs),
            static o => Assert.Equal(IncrementalStepRunReason.Cached, o.Reason));
    }

    private static GeneratorRunResult RunTwice(Compilation before, Compilation after) =>
        Compiler.Driver().RunGenerators(before, Ct).RunGenerators(after, Ct).GetRunResult().Results[0];
}
