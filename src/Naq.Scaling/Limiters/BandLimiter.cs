using Naq.Configuration;
using Naq.Scaling.Policies;

namespace Naq.Scaling.Limiters;

/// <summary>Lets small changes be: a wish within the larger of a share and a count of the present number changes nothing.</summary>
/// <param name="Percent">Of the present number.</param>
/// <param name="Workers">At least so many.</param>
/// <remarks>It keeps nobody at 0 or from it.</remarks>
internal sealed record BandLimiter(double Percent, int Workers) : ILimiter
{
    public const string TypeName = "band";

    public string Name => TypeName;

    public int Order => 15;

    public static BandLimiter Read(SettingsNode node)
    {
        var band = new BandLimiter(node.Number("Percent", above: 0, most: 100) ?? 0, node.Int("Workers", least: 1) ?? 0);
        if (band is { Percent: 0, Workers: 0 })
        {
            node.Add("keeps nothing: set Percent, Workers or both.");
        }

        return band;
    }

    public (Limited Limit, LimiterState? State) Apply(in LimitInput input, int wish, LimiterState? state)
    {
        var band = Math.Max(Workers, input.Current * Percent / 100);
        var isSmall = wish > 0 && input.Current > 0 && Math.Abs(wish - input.Current) <= band;
        return (new(isSmall ? input.Current : wish, Reasons.Band, new Dictionary<string, double> { ["band"] = band }), null);
    }
}
