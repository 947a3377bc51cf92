using System.Reflection;
using System.Runtime.CompilerServices;
using PublicApiGenerator;

namespace Naq.Api.Tests;

/// <summary>The public API of each library is a promise: <c>NAME.approved.txt</c> beside this file holds it, and every change shows.</summary>
public sealed class PublicApiTests
{
    // The compiler writes into a test's attribute where it stands: on which machine, and in which line.
    private static readonly ApiGeneratorOptions Options = new() { IncludeAssemblyAttributes = false, ExcludeAttributes = ["Xunit.FactAttribute", "Xunit.TheoryAttribute"] };

    public static TheoryData<string> Libraries { get; } =
        ["Naq", "Naq.Cli", "Naq.Conformance", "Naq.Nats", "Naq.Scaling", "Naq.Sodium", "Naq.Sqlite", "Naq.Testing"];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void The_public_api_is_what_was_approved(string library)
    {
        var path = Path.Combine(Folder(), library + ".approved.txt");
        var actual = Assembly.Load(library).GeneratePublicApi(Options).ReplaceLineEndings("\n").TrimEnd() + "\n";
        if (Environment.GetEnvironmentVariable("NAQ_APPROVE") == "1")
        {
            File.WriteAllText(path, actual);
        }

        var approved = File.Exists(path) ? File.ReadAllText(path) : "";
        Assert.True(approved == actual, $"""
            The public API of {library} is not the approved one ({Path.GetFileName(path)}):
            {TextDifference.Of(approved, actual)}
            If that is meant: run these tests once with NAQ_APPROVE=1, read what changed in the file, and commit it with the change.
            """);
    }

    [Fact]
    public void No_library_is_forgotten()
    {
        var projects = Directory.GetDirectories(Path.Combine(Folder(), "..", "..", "src")).Select(static folder => Path.GetFileName(folder));

        // The generator and the command have no API: they are called by the compiler and by people.
        Assert.Equal(projects.Except(["Naq.Generators", "Naq.Tool"]).Order(StringComparer.Ordinal), Libraries.Select(static row => row.Data));
    }

    private static string Folder([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;
}
