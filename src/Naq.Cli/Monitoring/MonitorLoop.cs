using Naq.Cli.Output;

namespace Naq.Cli.Monitoring;

/// <summary>Reads and shows, once an interval.</summary>
/// <param name="read">Reads the broker.</param>
/// <param name="output">Shows it.</param>
/// <param name="time">Intervals are measured by it.</param>
internal sealed class MonitorLoop(Func<CancellationToken, ValueTask<MonitorReading>> read, IMonitorOutput output, TimeProvider time)
{
    /// <summary>A broker that has not answered for so long is shown as one that cannot be read. Its answer is waited for all the same: it may be slow.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly MonitorModel _model = new(time);
    private Task<MonitorReading>? _reading;
    private long _askedAt;

    /// <summary>Runs until it has shown <paramref name="count"/> frames (null: no end) or is stopped. A broker that is away is shown, and read again.</summary>
    public async Task RunAsync(TimeSpan interval, int? count, CancellationToken stop)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var timer = new PeriodicTimer(interval, time);
        try
        {
            for (var shown = 0; ;)
            {
                if (!output.IsPaused)
                {
                    await LookAsync(ended.Token).ConfigureAwait(false);
                    output.Show(_model.Frame);
                    if (++shown == count)
                    {
                        return;
                    }
                }

                _ = await timer.WaitForNextTickAsync(stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // It shall end.
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await ((Task?)_reading ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async ValueTask LookAsync(CancellationToken stop)
    {
        try
        {
            if (_reading is null)
            {
                (_askedAt, _reading) = (time.GetTimestamp(), read(stop).AsTask());
            }

            _model.See(await _reading.WaitAsync(Patience, time, stop).ConfigureAwait(false));
        }
        catch (TimeoutException) when (_reading is { IsCompleted: false })
        {
            _model.Miss($"no answer for {Cell.Duration(time.GetElapsedTime(_askedAt).TotalSeconds)}");
            return;
        }
        catch (BrokerUnavailableException away)
        {
            _model.Miss(away.Message);
        }

        _reading = null;
    }
}
