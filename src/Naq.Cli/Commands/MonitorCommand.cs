using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Naq.Brokers;
using Naq.Cli.Connecting;
using Naq.Cli.Invoking;
using Naq.Cli.Monitoring;
using Naq.Cli.Output;
using Naq.Cli.Parsing;
using Naq.Cli.Shells;
using Naq.Cli.Working;

namespace Naq.Cli.Commands;

internal sealed class MonitorCommand : NaqCommand
{
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Most = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    private readonly Argument<string[]> _queues = new("queue")
    {
        HelpName = "QUEUE",
        Description = "Only these queues, or patterns with a final * (default: all).",
        Arity = ArgumentArity.ZeroOrMore,
        CustomParser = static result => [.. result.Tokens.Select(token => QueueText.Read(result, token.Value))],
    };

    private readonly Option<TimeSpan?> _interval = Opt.Duration("--interval", "How often it looks, 100ms to 1m (default 1s).", Least, Most, "a duration from 100ms to 1m");
    private readonly Option<int?> _count = Opt.Number("--count", "Look so many times, then end (default: until stopped).", 1, int.MaxValue);

    public MonitorCommand() : base("monitor", "Watch queues, workers and scaling decisions: on a terminal a screen, else a line of JSON each time.")
    {
        Add(_queues);
        Add(_interval);
        Add(_count);
    }

    protected override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        var (queues, interval) = (run.Get(_queues), run.Get(_interval) ?? TimeSpan.FromSeconds(1));
        var address = run.Address();
        BrokerOpener.RequireValid(address, run.Shell);
        using var signals = new StopSignals(ignoreInterrupt: false);
        var isOnScreen = run.Output.Format == OutputFormat.Table && run.Shell.OutIsScreen;

        // Log lines would be written over the picture, which says the same.
        var loggers = isOnScreen && run.Shell.ErrorIsTerminal ? NullLoggerFactory.Instance : run.Loggers;
        Broker? broker = null;
        var source = new MonitorSource(
            async token => broker ??= await BrokerOpener.OpenAsync(address, null, run.Shell, loggers, token).ConfigureAwait(false), queues, run.Shell.Time);
        try
        {
            if (isOnScreen)
            {
                using var screen = new MonitorScreen(run.Shell, new(address.ToString(), interval, queues));
                await ShowAsync(run, source, screen, interval, [signals.First, KeysAsync(run.Shell, screen)], ct).ConfigureAwait(false);
            }
            else
            {
                using var ended = new CancellationTokenSource();
                var gone = ReaderGoneAsync(run.Shell, ended.Token);
                await ShowAsync(run, source, new MonitorLines(run.Shell, run.Output), interval, [signals.First, gone], ct).ConfigureAwait(false);
                await ended.CancelAsync().ConfigureAwait(false);
                await gone.ConfigureAwait(false);
            }
        }
        finally
        {
            if (broker is not null)
            {
                await broker.DisposeAsync().ConfigureAwait(false);
            }
        }

        return ExitCodes.Ok;
    }

    private async Task ShowAsync(Invocation run, MonitorSource source, IMonitorOutput output, TimeSpan interval, IReadOnlyList<Task> ends, CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var showing = new MonitorLoop(source.ReadAsync, output, run.Shell.Time).RunAsync(interval, run.Get(_count), stop.Token);
        _ = await Task.WhenAny([showing, .. ends]).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        await showing.ConfigureAwait(false);
    }

    /// <summary>Completes when somebody wants to leave; never where there is no keyboard.</summary>
    private static async Task KeysAsync(Shell shell, MonitorScreen screen)
    {
        if (shell.ReadKey is { } read)
        {
            await foreach (var key in MonitorKeys.Listen(read).ReadAllAsync().ConfigureAwait(false))
            {
                if (!screen.Press(key))
                {
                    return;
                }
            }
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, shell.Time).ConfigureAwait(false);
    }

    /// <summary>Completes when nobody reads the lines any more, or when it is not asked any more.</summary>
    private static async Task ReaderGoneAsync(Shell shell, CancellationToken ended)
    {
        while (!ended.IsCancellationRequested && !shell.OutIsGone())
        {
            await Task.Delay(Look, shell.Time, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
