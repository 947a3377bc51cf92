using System.Globalization;

namespace Naq.Cli.Benchmarks;

/// <summary>What a process has used so far, as Linux counts it.</summary>
/// <param name="CpuSeconds">In user and kernel mode, in steps of 10 ms.</param>
/// <param name="ResidentBytes">Memory that is in use now.</param>
/// <param name="ReadCalls">System calls that read: files, sockets, pipes.</param>
/// <param name="WriteCalls">System calls that write.</param>
internal sealed record ProcessUse(double CpuSeconds, long ResidentBytes, long ReadCalls, long WriteCalls)
{
    private const double TicksPerSecond = 100; // USER_HZ, which is part of the kernel's interface
    private const int UserTime = 11; // fields after the program's name, which may hold anything
    private const int SystemTime = 12;

    public static ProcessUse Of(int pid)
    {
        var folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/");
        var stat = File.ReadAllText(folder + "stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return new(
            (Number(fields[UserTime]) + Number(fields[SystemTime])) / TicksPerSecond,
            Value(folder + "status", "VmRSS:") * 1024,
            Value(folder + "io", "syscr:"),
            Value(folder + "io", "syscw:"));
    }

    private static long Value(string file, string name) =>
        Number(File.ReadLines(file).First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..].Trim().Split(' ')[0]);

    private static long Number(string text) => long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
