using System.Globalization;
using System.Runtime.InteropServices;
using Naq.Cli.Output;

namespace Naq.Cli.Benchmarks;

/// <summary>Looks at what the figures were measured on.</summary>
internal static class Machine
{
    public const string Unknown = "unknown";
    private const int Syncs = 100;

    /// <param name="folder">Where the engine keeps its files; null: on a disk that cannot be seen from here.</param>
    /// <param name="time">The clock.</param>
    public static MachineDocument Look(string? folder, TimeProvider time) => new()
    {
        Cores = Environment.ProcessorCount,
        Cpu = Line("/proc/cpuinfo", "model name") is { } line ? line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() : Unknown,
        Os = RuntimeInformation.OSDescription,
        Dotnet = RuntimeInformation.FrameworkDescription,
        FileSystem = folder is null ? null : FileSystem(folder),
        FsyncP50Ms = folder is null ? null : Fsync(folder, time),
        LoadAverage = File.Exists("/proc/loadavg") ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture) : null,
    };

    /// <summary>The type of the file system that holds the folder: that of the longest mount point above it.</summary>
    private static string FileSystem(string folder)
    {
        const string mounts = "/proc/self/mounts";
        var within = folder.TrimEnd('/') + "/";
        return !File.Exists(mounts) ? Unknown : File.ReadLines(mounts)
            .Select(static line => line.Split(' '))
            .Where(fields => within.StartsWith(fields[1].TrimEnd('/') + "/", StringComparison.Ordinal))
            .OrderBy(static fields => fields[1].Length)
            .LastOrDefault()?[2] ?? Unknown;
    }

    private static double Fsync(string folder, TimeProvider time)
    {
        var path = Path.Combine(folder, "fsync");
        var took = new double[Syncs];
        using (var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write))
        {
            var page = new byte[4096];
            for (var i = 0; i < Syncs; i++)
            {
                var start = time.GetTimestamp();
                RandomAccess.Write(file, page, i * (long)page.Length);
                RandomAccess.FlushToDisk(file);
                took[i] = time.GetElapsedTime(start).TotalMilliseconds;
            }
        }

        File.Delete(path);
        Array.Sort(took);
        return took[Syncs / 2];
    }

    private static string? Line(string file, string start) =>
        File.Exists(file) ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith(start, StringComparison.Ordinal)) : null;
}
