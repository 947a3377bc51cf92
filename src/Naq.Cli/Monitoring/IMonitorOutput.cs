namespace Naq.Cli.Monitoring;

/// <summary>Where frames go: <see cref="MonitorLines"/> or <see cref="MonitorScreen"/>.</summary>
internal interface IMonitorOutput
{
    /// <summary>Whether nothing shall be read for now.</summary>
    bool IsPaused { get; }

    void Show(MonitorFrame frame);
}
