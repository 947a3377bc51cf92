using System.CommandLine;
using Microsoft.Extensions.Logging;
using Naq.Brokers;
using Naq.Cli.Connecting;
using Naq.Cli.Logging;
using Naq.Cli.Output;
using Naq.Cli.Parsing;
using Naq.Cli.Shells;

namespace Naq.Cli.Invoking;

/// <summary>One run of one command: its parsed values, its output, and the broker, opened when first asked for and closed at the end.</summary>
internal sealed class Invocation : IAsyncDisposable
{
    private readonly ParseResult _parse;
    private readonly GlobalOptions _globals;
    private Broker? _broker;

    public Invocation(ParseResult parse, LogLevel defaultLevel)
    {
        var tree = (CommandRoot)parse.RootCommandResult.Command;
        _parse = parse;
        _globals = tree.Globals;
        Shell = tree.Shell;
        Configure = tree.Configure;
        Output = new(Shell, parse.GetValue(_globals.Output) ?? OutputFormat.Table);
        IsVerbose = parse.GetValue(_globals.Verbose);
        Level = parse.GetValue(_globals.LogLevel) ?? (IsVerbose ? LogLevel.Debug : defaultLevel);
        LogFormat = parse.GetValue(_globals.LogFormat) ?? LogFormat.Text;
        Loggers = new StderrLoggers(Shell, LogFormat, Level);
    }

    private readonly List<IAsyncDisposable> _owned = [];

    public Shell Shell { get; }

    public Action<NaqBuilder>? Configure { get; }

    public Renderer Output { get; }

    public ILoggerFactory Loggers { get; }

    public LogLevel Level { get; }

    public LogFormat LogFormat { get; }

    public bool IsVerbose { get; }

    /// <summary>What makes a child log as this command does.</summary>
    public IReadOnlyList<string> LogArguments => ["--log-format", Choice.NameOf(LogFormat), "--log-level", Choice.NameOf(Level)];

    /// <summary>The command line as it was given, word for word.</summary>
    public IEnumerable<string> Arguments => _parse.Tokens.Select(static token => token.Value);

    /// <summary>The value of an option, its default where it was not given.</summary>
    public T? Get<T>(Option<T> option) => _parse.GetValue(option);

    /// <summary>The value of an argument that the parser has checked to be there.</summary>
    public T Get<T>(Argument<T> argument) => _parse.GetValue(argument)!;

    /// <summary>What <c>--broker</c> says; null: it was not given.</summary>
    public string? BrokerFlag => _parse.GetValue(_globals.Broker);

    /// <summary>Resolves the broker's address without opening it.</summary>
    public BrokerAddress Address()
    {
        var address = BrokerAddress.Resolve(BrokerFlag, Shell);
        if (IsVerbose)
        {
            Note($"broker {address} (from {address.Source})");
        }

        return address;
    }

    /// <summary>The broker, which has been opened.</summary>
    public Broker Opened => _broker ?? throw new InvalidOperationException("The broker is not open yet: ask for the client when jobs run.");

    public async ValueTask<Broker> OpenAsync(CancellationToken ct, TimeSpan? lease = null) =>
        _broker ??= await BrokerOpener.OpenAsync(Address(), lease, Shell, Loggers, ct).ConfigureAwait(false);

    /// <summary>Opens the broker as soon as it can be used; null: <paramref name="stop"/> completed before.</summary>
    public async Task<Broker?> OpenPatientlyAsync(Task stop, TimeSpan? lease = null)
    {
        using var ended = new CancellationTokenSource();
        var opening = PatientOpening.OpenAsync(ct => OpenAsync(ct, lease), Shell.Time, Shell.Random, Loggers.CreateLogger("Naq.Broker"), ended.Token);
        if (await Task.WhenAny(opening, stop).ConfigureAwait(false) == stop)
        {
            await ended.CancelAsync().ConfigureAwait(false);
        }

        return await opening.ConfigureAwait(false);
    }

    public async ValueTask<IJobClient> ClientAsync(CancellationToken ct) => new JobClient(await OpenAsync(ct).ConfigureAwait(false), Shell.Time);

    /// <summary>A command of this program against the same broker, fit to be pasted into a shell.</summary>
    public string Hint(params IEnumerable<string> words) =>
        Pasteable.Line([Shell.Program, .. words, .. BrokerFlag is { } broker ? (string[])["--broker", broker] : []]);

    /// <summary>The way for jobs into the broker, through the program's middleware.</summary>
    public async ValueTask<EnqueuePath> EnqueuePathAsync(CancellationToken ct)
    {
        var keys = ProgramServices.Keys(Shell);
        var broker = await OpenAsync(ct).ConfigureAwait(false);
        if (Configure is null && keys is null)
        {
            return new(broker.Jobs, null);
        }

        var services = ProgramServices.Build(this, keys);
        Own(services);
        return new(broker.Jobs, services);
    }

    /// <summary>Says something on stderr, apart from data and logs.</summary>
    public void Note(string text) => Shell.Error.WriteLine($"naq: {Printable.Escape(text)}");

    /// <summary>Has something closed when the command has ended, after the broker.</summary>
    public void Own(IAsyncDisposable owned) => _owned.Add(owned);

    public async ValueTask DisposeAsync()
    {
        if (_broker is not null)
        {
            await _broker.DisposeAsync().ConfigureAwait(false);
        }

        foreach (var owned in _owned)
        {
            await owned.DisposeAsync().ConfigureAwait(false);
        }

        Loggers.Dispose();
    }
}
