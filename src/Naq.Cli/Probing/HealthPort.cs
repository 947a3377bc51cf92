using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Naq.Brokers;
using Naq.Cli.Invoking;

namespace Naq.Cli.Probing;

/// <summary>A process's health port, from when it can be had until it is given up.</summary>
internal sealed partial class HealthPort : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;
    private bool _isGivenUp;

    private HealthPort(Func<CancellationToken, Task> serve) => _serving = serve(_stop.Token);

    /// <summary>Begins to serve.</summary>
    /// <param name="address">Where; null: nowhere, nobody wants it.</param>
    /// <param name="run">Its clock and logs are used.</param>
    /// <param name="broker">What is asked whether it answers.</param>
    /// <param name="fault">Why the process is of no use now; null: it is.</param>
    /// <param name="mayWait">Whether the port may still be another's who is about to leave; else it must be had at once.</param>
    /// <exception cref="NaqConfigurationException">The address cannot be used.</exception>
    public static HealthPort Open(HealthAddress? address, Invocation run, Broker broker, Func<string?> fault, bool mayWait)
    {
        if (address is null)
        {
            return new(static _ => Task.CompletedTask);
        }

        var log = run.Loggers.CreateLogger<HealthPort>();
        HealthServer Start()
        {
            var pages = new HealthPages(broker, run.Shell.Time, fault);
            try
            {
                return HealthServer.Start(address, pages, run.Shell.Time, log);
            }
            catch (SocketException)
            {
                pages.Dispose();
                throw;
            }
        }

        try
        {
            var server = Start();
            return new(ct => ServeAsync(server, ct));
        }
        catch (SocketException error) when (mayWait)
        {
            LogWaits(log, address.EndPoint, error.SocketErrorCode);
            return new(ct => WaitAsync(Start, run.Shell.Time, ct));
        }
        catch (SocketException error)
        {
            throw new NaqConfigurationException($"health cannot be served at {address.EndPoint}: {error.Message}. Choose another --health-port or --health-host.", error);
        }
    }

    /// <summary>Gives the port up. May be called twice, not at once.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isGivenUp)
        {
            return;
        }

        _isGivenUp = true;
        await _stop.CancelAsync().ConfigureAwait(false);
        await _serving.ConfigureAwait(false);
        _stop.Dispose();
    }

    private static async Task WaitAsync(Func<HealthServer> start, TimeProvider time, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await ServeAsync(start(), ct).ConfigureAwait(false);
            }
            catch (SocketException)
            {
                await Task.Delay(Pause, time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private static async Task ServeAsync(HealthServer server, CancellationToken ct)
    {
        await using (server.ConfigureAwait(false))
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(3023, LogLevel.Information, "The health port {EndPoint} is not free yet ({Error}): it is taken over from the worker that leaves")]
    private static partial void LogWaits(ILogger log, System.Net.IPEndPoint endPoint, SocketError error);
}
