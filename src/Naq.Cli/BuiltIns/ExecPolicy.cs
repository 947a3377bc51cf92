using Naq.Cli.Shells;

namespace Naq.Cli.BuiltIns;

/// <summary>The programs that <c>naq.exec</c> may run: those that <c>--allow-exec</c> names.</summary>
internal sealed class ExecPolicy
{
    private readonly HashSet<string> _paths;
    private readonly string? _searchPath;

    private ExecPolicy(HashSet<string> paths, string? searchPath)
    {
        _paths = paths;
        _searchPath = searchPath;
    }

    /// <summary>Resolves each program once, so that a later change of the working folder does not change what is allowed.</summary>
    /// <exception cref="NaqConfigurationException">A program is not there.</exception>
    public static ExecPolicy Of(IEnumerable<string> programs, Shell shell)
    {
        var searchPath = shell.Variable("PATH");
        var paths = new HashSet<string>(StringComparer.Ordinal);
        foreach (var program in programs)
        {
            _ = paths.Add(Resolve(program, searchPath)
                ?? throw new NaqConfigurationException($"--allow-exec '{program}' is not a program: give a path, or a name that PATH finds."));
        }

        return new(paths, searchPath);
    }

    /// <summary>The full path of <paramref name="program"/>; null: it is not allowed.</summary>
    public string? Find(string program) => Resolve(program, _searchPath) is { } path && _paths.Contains(path) ? path : null;

    private static string? Resolve(string program, string? searchPath)
    {
        if (program.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            return File.Exists(program) ? Path.GetFullPath(program) : null;
        }

        return (searchPath ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(IsExecutable);
    }

    private static bool IsExecutable(string path) => File.Exists(path)
        && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0);
}
