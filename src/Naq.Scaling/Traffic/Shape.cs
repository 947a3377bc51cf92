using System.Globalization;
using Naq.Configuration;

namespace Naq.Scaling.Traffic;

/// <summary>Made-up traffic: a name and its numbers, such as <c>sine:mean=2,peak=10,period=6h,for=1d</c>.</summary>
/// <remarks>Each seed draws another trace of the same rates; the counts of a bin follow Poisson's law, but for <c>constant</c>, whose gaps are all alike.</remarks>
internal sealed record Shape(string Name, IReadOnlyDictionary<string, double> Numbers)
{
    private const double BinSeconds = 10;
    private const double MostJobs = 20e6;

    /// <summary>A Monday.</summary>
    private static readonly double Epoch = new DateTimeOffset(2026, 3, 2, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds();

    /// <summary>The numbers of each, with their defaults: rates in jobs per second, times in seconds.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> Known { get; } = new SortedDictionary<string, IReadOnlyDictionary<string, double>>(StringComparer.Ordinal)
    {
        ["constant"] = Of(("rate", 5)),
        ["poisson"] = Of(("rate", 5)),
        ["step"] = Of(("from", 2), ("to", 20), ("at", 3600), ("back", 7200)),
        ["ramp"] = Of(("from", 1), ("to", 20), ("over", 6 * 3600)),
        ["sine"] = Of(("mean", 5), ("peak", 10), ("period", 86400)),
        ["bursts"] = Of(("rate", 1), ("factor", 16), ("every", 3600), ("lasting", 120)),
        ["cron"] = Of(("rate", 0.1), ("jobs", 360), ("every", 3600)),
        ["mmpp"] = Of(("low", 1), ("high", 10), ("stay", 600)),
    };

    /// <exception cref="NaqConfigurationException">The shape or a number is not known or wrong.</exception>
    public static Shape Parse(string text)
    {
        var (name, rest) = text.Split(':', 2) is [var n, var r] ? (n, r) : (text, "");
        if (!Known.TryGetValue(name, out var defaults))
        {
            throw new NaqConfigurationException($"Shape '{Printable.Escape(name)}' is not known{SettingsNode.Hint(name, Known.Keys)}");
        }

        var numbers = new Dictionary<string, double>(defaults);
        foreach (var item in rest.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var key = item.Split('=')[0];
            if (!defaults.ContainsKey(key))
            {
                throw new NaqConfigurationException($"Shape '{name}': '{Printable.Escape(key)}' is not known{SettingsNode.Hint(key, defaults.Keys)}");
            }

            numbers[key] = item.Split('=') is [_, var value] && TryNumber(value, out var number) && number is >= 0 and < 1e7
                ? number
                : throw new NaqConfigurationException($"Shape '{name}': '{Printable.Escape(item)}' is not NAME=NUMBER with a number of 0 or more, or a duration such as 6h.");
        }

        var tooShort = numbers.FirstOrDefault(static n => n is { Key: "period" or "every" or "stay" or "over" or "for", Value: < BinSeconds }).Key;
        return tooShort is null
            ? new(name, numbers)
            : throw new NaqConfigurationException($"Shape '{name}': {tooShort} ({numbers[tooShort]} s) is too short: set {BinSeconds} s or more.");
    }

    /// <summary>Draws a trace.</summary>
    /// <exception cref="NaqConfigurationException">It would be too long to play.</exception>
    public ArrivalTrace Draw(int seed)
    {
        var random = new Random(seed ^ 0x5A4E);
        var history = (int)(Numbers["history"] / BinSeconds);
        var rates = Rates(history + (int)(Numbers["for"] / BinSeconds), random);
        if (rates.Sum() * BinSeconds > MostJobs)
        {
            throw new NaqConfigurationException($"Shape '{Name}' would make {rates.Sum() * BinSeconds:0} jobs: at most {MostJobs:0}.");
        }

        var isEven = Name == "constant";
        var counts = Array.ConvertAll(rates, rate => isEven ? Math.Round(rate * BinSeconds) : Poisson(random, rate * BinSeconds));
        return new(Name, BinSeconds, Epoch, counts[..history], counts[history..]) { IsEven = isEven };
    }

    private double[] Rates(int bins, Random random)
    {
        var (rates, burstUntil, nextBurst, isHigh, switchAt) = (new double[bins], -1.0, -1.0, false, 0.0);
        for (var bin = 0; bin < bins; bin++)
        {
            var t = bin * BinSeconds;
            switch (Name)
            {
                case "step":
                    rates[bin] = t >= Numbers["at"] && t < Numbers["back"] ? Numbers["to"] : Numbers["from"];
                    break;
                case "ramp":
                    rates[bin] = Numbers["from"] + ((Numbers["to"] - Numbers["from"]) * Math.Min(1, t / Numbers["over"]));
                    break;
                case "sine":
                    var swing = Numbers["peak"] - Numbers["mean"];
                    rates[bin] = Math.Max(0, Numbers["mean"] - (swing * Math.Cos(2 * Math.PI * t / Numbers["period"])));
                    break;
                case "bursts":
                    nextBurst = nextBurst < 0 ? Gap(random, Numbers["every"]) : nextBurst;
                    if (t >= nextBurst)
                    {
                        (burstUntil, nextBurst) = (t + Numbers["lasting"], t + Numbers["lasting"] + Gap(random, Numbers["every"]));
                    }

                    rates[bin] = Numbers["rate"] * (t < burstUntil ? Numbers["factor"] : 1);
                    break;
                case "cron":
                    rates[bin] = Numbers["rate"] + (t % Numbers["every"] < BinSeconds ? Numbers["jobs"] / BinSeconds : 0);
                    break;
                case "mmpp":
                    if (t >= switchAt)
                    {
                        (isHigh, switchAt) = (!isHigh, t + Gap(random, Numbers["stay"]));
                    }

                    rates[bin] = isHigh ? Numbers["high"] : Numbers["low"];
                    break;
                default:
                    rates[bin] = Numbers["rate"];
                    break;
            }
        }

        return rates;
    }

    private static double Gap(Random random, double mean) => -mean * Math.Log(1 - random.NextDouble());

    private static double Poisson(Random random, double mean)
    {
        var (count, sum) = (0, Gap(random, 1));
        while (sum < mean)
        {
            count++;
            sum += Gap(random, 1);
        }

        return count;
    }

    private static Dictionary<string, double> Of(params ReadOnlySpan<(string Name, double Value)> numbers)
    {
        var all = new Dictionary<string, double> { ["for"] = 86400, ["history"] = 0 };
        foreach (var (name, value) in numbers)
        {
            all[name] = value;
        }

        return all;
    }

    private static bool TryNumber(string text, out double number)
    {
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number))
        {
            return double.IsFinite(number);
        }

        var isDuration = Quantities.TryParseDuration(text, out var duration);
        number = duration.TotalSeconds;
        return isDuration;
    }
}
