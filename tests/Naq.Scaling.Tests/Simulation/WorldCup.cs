using System.Globalization;

namespace Naq.Scaling.Tests.Simulation;

/// <summary>The rise and fall of a match day: World Cup 1998, 32,444 requests in five hours, played fast.</summary>
internal static class WorldCup
{
    private const int From = 826_200;
    private const int Until = 844_200;
    private const int BinSeconds = 60;

    /// <summary>Arrival times in seconds; where a bin's jobs fall inside it is drawn with the seed.</summary>
    public static double[] Arrivals(double speed, int seed)
    {
        var random = new Random(seed);
        return
        [
            .. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "wc98_match_day.csv"))
                .Select(static line => line.Split(','))
                .Select(static cells => (Start: int.Parse(cells[0], CultureInfo.InvariantCulture), Jobs: int.Parse(cells[1], CultureInfo.InvariantCulture)))
                .Where(static bin => bin.Start is >= From and < Until)
                .SelectMany(bin => Enumerable.Range(0, bin.Jobs).Select(_ => (bin.Start - From + (random.NextDouble() * BinSeconds)) / speed))
                .Order(),
        ];
    }
}
