using System.Diagnostics;

namespace Naq.System.Tests;

/// <summary>A tool from a Debian package, unpacked into the user's cache by tests/deb.sh.</summary>
internal static class DebianTool
{
    /// <summary>Returns a file of the package; skips the test, with the reason, where it cannot be had.</summary>
    public static async Task<string> FileAsync(string package, string name, CancellationToken ct)
    {
        var script = Path.Combine(Repository(), "tests", "deb.sh");
        using var deb = Process.Start(new ProcessStartInfo("bash", [script, package]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = deb.StandardError.ReadToEndAsync(ct);
        var folder = (await deb.StandardOutput.ReadToEndAsync(ct)).Trim();
        await deb.WaitForExitAsync(ct);
        if (deb.ExitCode != 0)
        {
            Assert.Skip($"Debian's package {package} cannot be had here: {(await errors).ReplaceLineEndings(" ")}");
        }

        return Directory.EnumerateFiles(folder, name, SearchOption.AllDirectories).First();
    }

    /// <summary>The folder of this clone.</summary>
    public static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Naq.slnx")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        }

        return folder.FullName;
    }
}
