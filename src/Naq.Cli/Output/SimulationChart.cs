using Naq.Scaling.Decisions.Deciders;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace Naq.Cli.Output;

/// <summary>Draws one run: what arrived, what waited, and who was there, over time.</summary>
internal sealed class SimulationChart
{
    private readonly LineSeries _arrivals = Series("arrivals per s", "left", OxyColors.SteelBlue);
    private readonly LineSeries _backlog = Series("waiting jobs", "backlog", OxyColors.IndianRed);
    private readonly LineSeries _workers = Series("workers", "right", OxyColors.SeaGreen);
    private (double At, double Arrived) _before;

    public void See(DeciderObservation seen)
    {
        var hours = seen.T / 3600;
        if (seen is { SampledAt: { } at, ArrivedTotal: { } arrived, QueueDepth: { } depth })
        {
            _arrivals.Points.Add(new(hours, at > _before.At ? (arrived - _before.Arrived) / (at - _before.At) : 0));
            _backlog.Points.Add(new(hours, depth));
            _before = (at, arrived);
        }

        _workers.Points.Add(new(hours, seen.WorkersStarting + seen.WorkersReady + seen.WorkersDraining));
    }

    /// <summary>The picture, the same for the same run.</summary>
    public string Svg(string title)
    {
        var model = new PlotModel { Title = title, DefaultFont = "sans-serif" };
        model.Axes.Add(new LinearAxis { Position = AxisPosition.Bottom, Title = "hours" });
        model.Axes.Add(new LinearAxis { Position = AxisPosition.Left, Key = "left", Title = "arrivals per s", Minimum = 0 });
        model.Axes.Add(new LinearAxis { Position = AxisPosition.Right, Key = "right", Title = "workers", Minimum = 0 });
        model.Axes.Add(new LinearAxis { Position = AxisPosition.Right, Key = "backlog", Title = "waiting jobs", Minimum = 0, PositionTier = 1 });
        model.Legends.Add(new OxyPlot.Legends.Legend { LegendPlacement = OxyPlot.Legends.LegendPlacement.Outside });
        model.Series.Add(_arrivals);
        model.Series.Add(_backlog);
        model.Series.Add(_workers);
        return new SvgExporter { Width = 1200, Height = 480 }.ExportToString(model);
    }

    private static LineSeries Series(string title, string axis, OxyColor color) => new()
    {
        Title = title, YAxisKey = axis, Color = color, StrokeThickness = 1, Decimator = Decimator.Decimate,
    };
}
