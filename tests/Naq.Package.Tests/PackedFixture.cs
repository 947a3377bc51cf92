using System.IO.Compression;
using System.Xml.Linq;

namespace Naq.Package.Tests;

/// <summary>Every package of this repository, packed once from what is built, and a place where programs are made of nothing else.</summary>
public sealed class PackedFixture : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Programs of somebody else live here: none of this repository's settings reach them.</summary>
    public string Scratch { get; } = Directory.CreateTempSubdirectory("naq-packages-").FullName;

    private string Folder => Path.Combine(Scratch, "packed");

    public async ValueTask InitializeAsync()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        (await Programs.DotnetAsync(
            Repository.Root, ["pack", "Naq.slnx", "-c", "Release", "--no-build", "-v", "quiet", "-tl:off", "-o", Folder], patience.Token)).Require();
        await File.WriteAllTextAsync(Path.Combine(Scratch, "nuget.config"), SourcesOnlyHere(), patience.Token);
    }

    /// <summary>File names without version and extension.</summary>
    public IReadOnlyList<string> Ids(string extension) =>
        [.. Directory.GetFiles(Folder, "*" + extension).Select(Path.GetFileName).Select(name => name!.Replace($".{Repository.Version}{extension}", "", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    internal ZipArchive Open(string id, string extension) => ZipFile.OpenRead(Path.Combine(Folder, $"{id}.{Repository.Version}{extension}"));

    /// <summary>The manifest of a package.</summary>
    internal XElement Manifest(string id)
    {
        using var package = Open(id, ".nupkg");
        using var stream = package.GetEntry(id + ".nuspec")!.Open();
        return XDocument.Load(stream).Root!.Elements().Single();
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Scratch, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Naq comes from what was packed alone, everything else from what the build has fetched: no test needs the network.</summary>
    private string SourcesOnlyHere() => $"""
        <configuration>
          <config><add key="globalPackagesFolder" value="{Path.Combine(Scratch, "cache")}" /></config>
          <packageSources><clear /><add key="packed" value="{Folder}" /><add key="fetched" value="{Fetched()}" /></packageSources>
          <packageSourceMapping>
            <packageSource key="packed"><package pattern="Naq" /><package pattern="Naq.*" /></packageSource>
            <packageSource key="fetched"><package pattern="*" /></packageSource>
          </packageSourceMapping>
        </configuration>
        """;

    private static string Fetched() => Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
}
