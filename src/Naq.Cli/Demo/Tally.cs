using System.Text.Json;
using Naq.Cli.BuiltIns;

namespace Naq.Cli.Demo;

/// <summary>Counts by the ledger, which knows nothing of the broker: what was acknowledged, what ran, how long it waited. Pure.</summary>
internal sealed record Tally
{
    /// <summary>Acknowledged, in no line of the ledger, and not stuck.</summary>
    public required int Lost { get; init; }

    /// <summary>Lines beyond one a job.</summary>
    public required int Duplicates { get; init; }

    /// <summary>Waits from enqueue to first start of the acknowledged jobs that ran, ascending, in milliseconds.</summary>
    public required double[] WaitsMs { get; init; }

    /// <summary>The mean time that a run held its slot, in milliseconds.</summary>
    public required double HeldMs { get; init; }

    /// <param name="acknowledged">What the producer was told is stored.</param>
    /// <param name="stuck">Of these: what has not ended.</param>
    /// <param name="lines">The ledger.</param>
    public static Tally Of(IEnumerable<JobId> acknowledged, IReadOnlySet<JobId> stuck, IReadOnlyCollection<LedgerLine> lines)
    {
        var first = new Dictionary<string, LedgerLine>(lines.Count);
        foreach (var line in lines)
        {
            _ = first.TryAdd(line.Id, line);
        }

        var (waits, lost) = (new List<double>(), 0);
        foreach (var id in acknowledged)
        {
            if (first.TryGetValue(id.ToString(), out var line))
            {
                waits.Add(line.WaitMs);
            }
            else if (!stuck.Contains(id))
            {
                lost++;
            }
        }

        waits.Sort();
        return new()
        {
            Lost = lost,
            Duplicates = lines.Count - first.Count,
            WaitsMs = [.. waits],
            HeldMs = lines.Count == 0 ? 0 : lines.Average(static line => line.HeldMs),
        };
    }

    /// <summary>Reads a ledger; a file that is not there is an empty one.</summary>
    public static IReadOnlyList<LedgerLine> Read(string path) => !File.Exists(path)
        ? []
        : [.. File.ReadLines(path).Select(static line => JsonSerializer.Deserialize(line, BuiltInJson.Default.LedgerLine)!)]; // Ledger wrote each

    /// <summary>The wait that a share of the jobs did not exceed (nearest rank); 0: nothing ran.</summary>
    public double WaitAt(double share) => WaitsMs.Length == 0 ? 0 : WaitsMs[Math.Max(0, (int)Math.Ceiling(share * WaitsMs.Length) - 1)];

    /// <summary>The percentage of <paramref name="acknowledged"/> jobs that started later than <paramref name="slo"/>, or never.</summary>
    public double MissPercent(int acknowledged, TimeSpan slo) =>
        acknowledged == 0 ? 0 : 100.0 * (acknowledged - WaitsMs.Count(wait => wait <= slo.TotalMilliseconds)) / acknowledged;
}
