namespace Naq.Scaling.Simulation;

/// <summary>How the times that jobs hold a slot are spread.</summary>
internal enum ServiceLaw
{
    /// <summary>With the profile's coefficient of variation.</summary>
    Lognormal,

    /// <summary>All alike.</summary>
    Fixed,

    Exponential,

    /// <summary>Nine of ten take half of the mean, the others 5.5 times.</summary>
    Bimodal,
}

/// <summary>Draws from a lognormal law.</summary>
internal static class Lognormal
{
    public static double Next(Random random, double mean, double variation)
    {
        var (a, b) = (1 - random.NextDouble(), random.NextDouble()); // drawn even where unused: runs with other variation stay comparable
        if (variation <= 0)
        {
            return mean;
        }

        var variance = Math.Log(1 + (variation * variation));
        var normal = Math.Sqrt(-2 * Math.Log(a)) * Math.Cos(2 * Math.PI * b);
        return mean * Math.Exp((normal * Math.Sqrt(variance)) - (variance / 2));
    }
}
