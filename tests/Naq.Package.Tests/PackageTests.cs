using System.Text;
using System.Xml.Linq;
using Naq.Cli.Tests;

namespace Naq.Package.Tests;

/// <summary>What is packed, and that somebody who has nothing but the packages can use it.</summary>
[Trait("Kind", "System")]
public sealed class PackageTests(PackedFixture packed) : IClassFixture<PackedFixture>, IDisposable
{
    private static readonly string[] All =
        ["Naq", "Naq.Cli", "Naq.Conformance", "Naq.Nats", "Naq.Scaling", "Naq.Sodium", "Naq.Sqlite", "Naq.Testing", "Naq.Tool"];

    private readonly CancellationTokenSource _patience = Patience();

    private CancellationToken Ct => _patience.Token;

    [Fact]
    public void Every_library_and_the_tool_is_packed_with_symbols()
    {
        Assert.Equal(All, packed.Ids(".nupkg"));
        Assert.Equal(All, packed.Ids(".snupkg"));
    }

    [Fact]
    public void What_the_packages_hold_and_need_is_approved()
    {
        var text = new StringBuilder();
        foreach (var id in All)
        {
            Append(text, id);
        }

        Approved.Check("packages.txt", text.ToString());
    }

    [Fact]
    public void Packages_say_what_they_are_and_name_no_place_that_is_not_known()
    {
        Assert.All(All, id =>
        {
            var manifest = packed.Manifest(id);
            Assert.Equal("MIT", Value(manifest, "license"));
            Assert.Equal("PACKAGE.md", Value(manifest, "readme"));
            Assert.Equal("The Naq contributors", Value(manifest, "authors"));
            Assert.NotEqual("Package Description", Value(manifest, "description"));
            Assert.Null(Value(manifest, "projectUrl"));
            Assert.Null(manifest.Elements().SingleOrDefault(static e => e.Name.LocalName == "repository")?.Attribute("url"));
        });
    }

    [Fact]
    public void Naq_needs_abstractions_of_the_platform_only() =>
        Assert.All(Dependencies(packed.Manifest("Naq")), static name =>
            Assert.Matches(@"^(Microsoft\.Extensions\.[A-Za-z.]+\.Abstractions|Cronos|Polly\.Core)$", name));

    [Fact]
    public async Task The_program_of_the_readme_runs_on_nothing_but_packages()
    {
        var folder = Directory.CreateDirectory(Path.Combine(packed.Scratch, "program")).FullName;
        File.Copy(Path.Combine(Repository.Root, "samples", "Snippets", "Program.cs"), Path.Combine(folder, "Program.cs"));
        await File.WriteAllTextAsync(Path.Combine(folder, "program.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Naq.Sqlite" Version="{Repository.Version}" />
                <PackageReference Include="Microsoft.Extensions.Hosting" Version="{Repository.VersionOf("Microsoft.Extensions.Hosting")}" />
              </ItemGroup>
            </Project>
            """, Ct);

        var ran = await Programs.DotnetAsync(folder, ["run", "-p:UseSharedCompilation=false"], Ct);

        Assert.Contains("Hello, world! (attempt 1)", ran.Require().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_tool_installs_from_its_package_and_runs()
    {
        var tools = Path.Combine(packed.Scratch, "tools");
        (await Programs.DotnetAsync(
            packed.Scratch, ["tool", "install", "Naq.Tool", "--tool-path", tools, "--version", Repository.Version,
            "--configfile", Path.Combine(packed.Scratch, "nuget.config")], Ct)).Require();
        var naq = Path.Combine(tools, "naq");

        var enqueued = await Programs.RunAsync(packed.Scratch, naq, ["enqueue", "naq.noop", "--broker", "sqlite:tool.db"], Ct);
        var listed = await Programs.RunAsync(packed.Scratch, naq, ["queue", "list", "--broker", "sqlite:tool.db", "-o", "ndjson"], Ct);

        Assert.Matches("^[0-9a-f]{32}\\s*$", enqueued.Require().Output);
        Assert.Contains("\"ready\":1", listed.Require().Output, StringComparison.Ordinal);
    }

    public void Dispose() => _patience.Dispose();

    private static CancellationTokenSource Patience()
    {
        var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(3));
        return patience;
    }

    private void Append(StringBuilder text, string id)
    {
        text.Append(id).Append('\n');
        foreach (var dependency in Dependencies(packed.Manifest(id)))
        {
            text.Append("  needs ").Append(dependency).Append('\n');
        }

        using var package = packed.Open(id, ".nupkg");
        using var symbols = packed.Open(id, ".snupkg");
        var files = package.Entries.Concat(symbols.Entries.Where(static e => e.Name.EndsWith(".pdb", StringComparison.Ordinal)))
            .Select(static entry => entry.FullName).Where(IsOurs);
        foreach (var file in files.Order(StringComparer.Ordinal))
        {
            text.Append("  ").Append(file).Append('\n');
        }
    }

    // The format's own parts bear random names; the tool carries SQLite for a dozen platforms.
    private static bool IsOurs(string file) => !file.StartsWith("_rels/", StringComparison.Ordinal)
        && !file.StartsWith("package/", StringComparison.Ordinal)
        && !file.Contains("/runtimes/", StringComparison.Ordinal)
        && file != "[Content_Types].xml";

    private static IEnumerable<string> Dependencies(XElement manifest) => manifest.Descendants()
        .Where(static element => element.Name.LocalName == "dependency")
        .Select(static element => element.Attribute("id")!.Value + (element.Attribute("exclude") is { } exclude && exclude.Value.Contains("Analyzers", StringComparison.Ordinal) ? "" : " with its analyzers"))
        .Order(StringComparer.Ordinal);

    private static string? Value(XElement manifest, string name) => manifest.Elements().SingleOrDefault(element => element.Name.LocalName == name)?.Value;
}
