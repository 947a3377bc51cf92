using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Naq.Cli.Tests;

/// <summary>Compares text with an approved file beside the tests. <c>NAQ_APPROVE=1</c> writes what is there now.</summary>
internal static partial class Approved
{
    public static void Check(string name, string actual, [CallerFilePath] string here = "")
    {
        var path = Path.Combine(Path.GetDirectoryName(here)!, "Approved", name);
        if (Environment.GetEnvironmentVariable("NAQ_APPROVE") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
        }

        Assert.True(File.Exists(path), $"{name} is not approved yet: run the test once with NAQ_APPROVE=1, and read the file.");
        Assert.Equal(File.ReadAllText(path), actual);
    }

    /// <summary>Replaces what differs from run to run: ids, times, folders, measured numbers.</summary>
    public static string Mask(string text, string folder)
    {
        text = text.Replace(folder, "FOLDER", StringComparison.Ordinal);
        text = Id().Replace(text, "ID");
        text = Instant().Replace(text, "TIME");
        return Measured().Replace(text, "$1: NUMBER").Replace("\": NUMBER", "\":NUMBER", StringComparison.Ordinal);
    }

    [GeneratedRegex("[0-9a-f]{32}")]
    private static partial Regex Id();

    [GeneratedRegex(@"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d|Z)")]
    private static partial Regex Instant();

    [GeneratedRegex(@"(""latency_seconds""|""oldest_seconds""|""seconds""|""per_second""): ?[0-9.eE+-]+")]
    private static partial Regex Measured();
}
