using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

/// <summary>A row with the medians of its runs.</summary>
internal sealed record Row(Peer Peer, IReadOnlyList<Measurement> Runs, string? Fault)
{
    public double? Median(Func<Measurement, double?> of)
    {
        var sorted = Runs.Select(of).OfType<double>().Order().ToList();
        return sorted.Count == 0 ? null : (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}

/// <summary>The generated part of docs/peers.md.</summary>
internal static class Page
{
    private const string Begin = "<!-- what bench/peers/run --write has written begins here -->";
    private const string End = "<!-- and ends here -->";

    public static string ClassOf(Durability durability) => durability switch
    {
        Durability.Volatile => "volatile",
        Durability.Processes => "survives processes",
        _ => "fsynced",
    };

    public static async Task<string> MachineAsync(int runs, Effort effort, string command)
    {
        var cpu = File.ReadLines("/proc/cpuinfo").FirstOrDefault(static line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(": ")[1] ?? RuntimeInformation.ProcessArchitecture.ToString();
        var system = File.ReadLines("/etc/os-release").FirstOrDefault(static line => line.StartsWith("PRETTY_NAME=", StringComparison.Ordinal))?.Split('=')[1].Trim('"');
        var load = File.ReadAllText("/proc/loadavg").Split(' ')[0];
        var nice = (await SaysAsync("nice")).Trim();
        string[] versions =
        [
            RuntimeInformation.FrameworkDescription,
            $"Node {(await SaysAsync("node", "--version")).Trim().TrimStart('v')}",
            $"nats-server {(await SaysAsync(Paths.Nats, "--version")).Split(':')[^1].Trim().TrimStart('v')}",
            .. File.ReadLines(Path.Combine(Paths.Installed, "versions")),
        ];
        return string.Create(CultureInfo.InvariantCulture, $"""
            {Environment.ProcessorCount} cores {cpu.Trim()}, {system}; fsync p50 {Fsync():0.00} ms, load average {load} before the start, `nice {nice}`.
            {string.Join(", ", versions)}.

            `{command}`: {effort.Slots} slots, medians of {runs} {(runs == 1 ? "run" : "runs")}.


            """);
    }

    public static string Table(IReadOnlyList<Row> rows)
    {
        var text = new StringBuilder();
        text.AppendLine("| | stored in | an acknowledged job is | one by one/s | bulk/s | drain/s | latency p50 / p99 ms | start → first job ms | worker + server MB |");
        text.AppendLine("|---|---|---|--:|--:|--:|--:|--:|--:|");
        foreach (var row in rows)
        {
            text.Append($"| {Name(row.Peer)} | {row.Peer.Storage} | {ClassOf(row.Peer.Durability)} | ");
            text.AppendLine(row.Runs.Count == 0
                ? $"could not be measured: {Cell(row.Fault ?? "")} | | | | | |"
                : $"{Rate(row.Median(static m => m.One))} | {Rate(row.Median(static m => m.Bulk))} | {Rate(row.Median(static m => m.Drain))} | "
                    + $"{row.Median(static m => m.P50):0.0} / {row.Median(static m => m.P99):0.0} | {row.Median(static m => m.Start):#,0} | "
                    + $"{row.Median(static m => m.WorkerMegabytes):0}{(row.Median(static m => m.ServerMegabytes) is { } server ? $" + {server:0}" : "")} |");
        }

        foreach (var row in rows.Where(static row => row.Runs.Count > 0 && row.Fault is not null))
        {
            text.AppendLine().AppendLine($"{Name(row.Peer)} on {row.Peer.Storage}: {row.Runs.Count} of its runs count, another could not be measured: {Cell(row.Fault!).TrimEnd(' ', '.')}.");
        }

        // Within a class only: the one does what the other does not.
        foreach (var group in rows.Where(static row => row.Runs.Count > 0).GroupBy(static row => row.Peer.Durability))
        {
            var (ours, theirs) = (group.Where(static row => row.Peer.Library == Library.Naq).ToList(), group.Where(static row => row.Peer.Library != Library.Naq).MaxBy(Drain));
            if (ours.Count > 0 && theirs is not null)
            {
                var times = ours.Select(row => string.Create(CultureInfo.InvariantCulture, $"{Drain(row) / Drain(theirs):0.0} times as fast on {row.Peer.Storage}"));
                text.AppendLine().AppendLine($"*{ClassOf(group.Key)}*: of the others {Name(theirs.Peer)} on {theirs.Peer.Storage} drains fastest; Naq {string.Join(", ", times)}.");
            }
        }

        return text.ToString();
    }

    public static void Write(string text, string chart)
    {
        var page = Path.Combine(Paths.Root, "docs", "peers.md");
        var old = File.ReadAllText(page);
        var (begin, end) = (old.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, old.IndexOf(End, StringComparison.Ordinal));
        File.WriteAllText(page, $"{old[..begin]}\n{text.Trim()}\n\n![Jobs drained a second, and latency](peers.svg)\n{old[end..]}");
        File.WriteAllText(Path.ChangeExtension(page, ".svg"), chart);
    }

    public static string Name(Peer peer) => peer.Workers > 1 ? $"{peer.Name}, {peer.Workers} processes" : peer.Name;

    private static double Drain(Row row) => row.Median(static m => m.Drain)!.Value;

    private static string Rate(double? value) => value is { } rate ? rate.ToString("#,0", CultureInfo.InvariantCulture) : "–";

    private static string Cell(string text) => text.ReplaceLineEndings(" ").Replace('|', '/').Replace(Paths.Root, "…", StringComparison.Ordinal);

    private static double Fsync()
    {
        var file = Path.Combine(Paths.Temp, "fsync");
        using var stream = new FileStream(file, FileMode.Create);
        var times = new List<double>();
        for (var i = 0; i < 200; i++)
        {
            stream.Write(new byte[4096]);
            var start = Stopwatch.GetTimestamp();
            stream.Flush(flushToDisk: true);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return times.Order().ElementAt(100);
    }

    private static async Task<string> SaysAsync(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
            var said = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return said;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "(none)";
        }
    }
}
