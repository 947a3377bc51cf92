using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Naq.Cli.Working;

/// <summary>A user's own program with Naq's command line (<see cref="NaqApp"/>): it is run in the place of this one.</summary>
/// <param name="Command">The program and its first arguments.</param>
internal sealed partial record AppProgram(IReadOnlyList<string> Command)
{
    /// <summary>Finds the program: an executable, a <c>.dll</c>, or a project or its folder, which is built first.</summary>
    /// <exception cref="NaqConfigurationException">There is no such program, or its project does not build.</exception>
    public static async Task<AppProgram> FindAsync(string path, string directory, CancellationToken ct)
    {
        var full = Path.GetFullPath(path, directory);
        if (Directory.Exists(full))
        {
            full = Directory.GetFiles(full, "*.csproj") is [var only]
                ? only
                : throw new NaqConfigurationException($"--app {Printable.Escape(path)} is a folder without a project, or with several. Name a project, a .dll or a program.");
        }

        if (!File.Exists(full))
        {
            throw new NaqConfigurationException($"--app {Printable.Escape(path)} is not there. Name a project, a .dll or a program.");
        }

        return Path.GetExtension(full) switch
        {
            ".csproj" => new(["dotnet", await BuildAsync(full, ct).ConfigureAwait(false)]),
            ".dll" => new(["dotnet", full]),
            _ => new([full]),
        };
    }

    /// <summary>Becomes the program: same process, same signals. Does not return where it succeeds; on Windows, where no process can become another, returns its exit code.</summary>
    /// <exception cref="NaqConfigurationException">It cannot be started.</exception>
    public async Task<int> BecomeAsync(IReadOnlyList<string> arguments)
    {
        IReadOnlyList<string> all = [.. Command, .. arguments];
        if (OperatingSystem.IsWindows())
        {
            try
            {
                using var process = Process.Start(new ProcessStartInfo(all[0], all.Skip(1)))!;
                await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
                return process.ExitCode;
            }
            catch (Win32Exception none)
            {
                throw Refusal(all[0], none.Message);
            }
        }

        string?[] vector = [.. all, null];
        _ = Exec(all[0], vector);
        throw Refusal(all[0], Marshal.GetLastPInvokeErrorMessage());
    }

    private static NaqConfigurationException Refusal(string program, string why) =>
        new($"--app: {Printable.Escape(program)} cannot be run: {why}. Name a project, a .dll or a program.");

    /// <summary>Builds a project and says where its assembly is.</summary>
    private static async Task<string> BuildAsync(string project, CancellationToken ct)
    {
        string[] arguments = ["build", project, "-c", "Release", "-v", "quiet", "-tl:off", "-nodeReuse:false", "-p:UseSharedCompilation=false", "-getProperty:TargetPath"];
        using var build = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        var output = (await build.StandardOutput.ReadToEndAsync(ct).ConfigureAwait(false)).Trim();
        await build.WaitForExitAsync(ct).ConfigureAwait(false);
        return build.ExitCode == 0 && File.Exists(output)
            ? output
            : throw new NaqConfigurationException($"--app: {Printable.Escape(project)} does not build: {Printable.Escape(output)}");
    }

    [LibraryImport("libc", EntryPoint = "execvp", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int Exec(string file, string?[] arguments);
}
