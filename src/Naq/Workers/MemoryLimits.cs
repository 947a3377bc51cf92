using System.Globalization;

namespace Naq.Workers;

/// <summary>How much memory the control groups of this process leave it: versions 1 and 2, the smallest bound on the way up counts.</summary>
/// <remarks>
/// In a container the path that the kernel tells may lie outside of what is mounted; then the part that is there is looked at. See
/// https://docs.kernel.org/admin-guide/cgroup-v2.html and cgroup-v1/memory.html.
/// </remarks>
internal static class MemoryLimits
{
    /// <summary>Version 1 says "none" with a number near the largest one, rounded down to a page.</summary>
    private const long NoLimit = long.MaxValue / 2;

    /// <summary>The smallest limit in bytes; null: none, or no control groups here.</summary>
    public static long? OfControlGroups(string groups = "/sys/fs/cgroup", string own = "/proc/self/cgroup")
    {
        try
        {
            return File.Exists(own) ? Smallest(groups, File.ReadAllLines(own)) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static long? Smallest(string groups, IReadOnlyList<string> own)
    {
        long? smallest = null;
        foreach (var line in own)
        {
            // hierarchy:controllers:path; version 2 has hierarchy 0 and no controllers.
            if (line.Split(':', 3) is not [var hierarchy, var controllers, var path])
            {
                continue;
            }

            var isSecond = hierarchy == "0" && controllers.Length == 0;
            if (!isSecond && !controllers.Split(',').Contains("memory"))
            {
                continue;
            }

            var (root, file) = isSecond ? (groups, "memory.max") : (Path.Combine(groups, "memory"), "memory.limit_in_bytes");
            for (var at = path.Trim('/'); ; at = at.Contains('/', StringComparison.Ordinal) ? at[..at.LastIndexOf('/')] : "")
            {
                var limit = Read(Path.Combine(root, at, file));
                smallest = limit < (smallest ?? long.MaxValue) ? limit : smallest;
                if (at.Length == 0)
                {
                    break;
                }
            }
        }

        return smallest;
    }

    private static long? Read(string file) =>
        File.Exists(file) && long.TryParse(File.ReadAllText(file).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) && bytes < NoLimit
            ? bytes : null;
}
