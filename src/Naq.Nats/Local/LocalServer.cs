using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Naq.Nats.Local;

/// <summary>A nats-server of this machine's own, for development, demos and tests: JetStream on the loopback, synced before it acknowledges.</summary>
internal sealed class LocalServer : IAsyncDisposable
{
    /// <summary>Lets the server choose a free port.</summary>
    public const int AnyPort = -1;

    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(20);

    private readonly string _binary;
    private readonly string _folder;
    private readonly string _more;
    private Process? _process;
    private int _port;

    private LocalServer(string binary, string folder, int port, string more) => (_binary, _folder, _port, _more) = (binary, folder, port, more);

    public string Url => string.Create(CultureInfo.InvariantCulture, $"nats://127.0.0.1:{_port}");

    public int Port => _port;

    /// <summary>Its monitoring endpoint; null: its configuration has none.</summary>
    public Uri? MonitorUrl { get; private set; }

    public int Pid => _process?.Id ?? throw new InvalidOperationException("The server does not run.");

    /// <summary>Finds or fetches nats-server, and starts it.</summary>
    /// <param name="folder">Where its configuration and its store are kept.</param>
    /// <param name="port">Its port, or <see cref="AnyPort"/>.</param>
    /// <param name="more">More lines of its configuration.</param>
    /// <param name="ct">Gives up.</param>
    /// <exception cref="BrokerUnavailableException">There is no nats-server, or it does not start.</exception>
    public static async Task<LocalServer> StartAsync(string folder, int port, string more, CancellationToken ct)
    {
        _ = Directory.CreateDirectory(folder);
        var server = new LocalServer(await NatsBinary.FindAsync(ct).ConfigureAwait(false), folder, port, more);
        await server.StartAsync(ct).ConfigureAwait(false);
        return server;
    }

    /// <summary>Starts it again, with the same store and port.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        var configuration = Path.Combine(_folder, "nats.conf");
        await File.WriteAllTextAsync(configuration, string.Create(CultureInfo.InvariantCulture, $$"""
            listen: "127.0.0.1:{{_port}}"
            jetstream { store_dir: "{{Path.Combine(_folder, "store").Replace("\\", "\\\\", StringComparison.Ordinal)}}", sync_interval: always }
            {{_more}}

            """), ct).ConfigureAwait(false);
        foreach (var old in Directory.GetFiles(_folder, "*.ports"))
        {
            File.Delete(old);
        }

        using var written = new FileSystemWatcher(_folder, "*.ports") { EnableRaisingEvents = true };
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        written.Renamed += (_, _) => changed.TrySetResult();
        written.Changed += (_, _) => changed.TrySetResult();
        var said = new StringWriter();
        var log = TextWriter.Synchronized(said);
        var process = new Process
        {
            StartInfo = new(_binary, ["-c", configuration, "--ports_file_dir", _folder]) { RedirectStandardError = true, RedirectStandardOutput = true },
            EnableRaisingEvents = true,
        };
        process.Exited += (_, _) => changed.TrySetResult();
        process.ErrorDataReceived += (_, line) => Keep(log, line.Data);
        process.OutputDataReceived += static (_, _) => { };
        _ = process.Start();
        _process = process;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        try
        {
            await changed.Task.WaitAsync(StartPatience, TimeProvider.System, ct).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Said below.
        }

        if (process.HasExited || Directory.GetFiles(_folder, "*.ports") is not [var file])
        {
            await KillAsync().ConfigureAwait(false);
            throw new BrokerUnavailableException($"nats-server did not start: {Printable.Escape(said.ToString().Trim() is { Length: > 0 } why ? why : "it said nothing")}");
        }

        using var ports = JsonDocument.Parse(await ReadWholeAsync(file, ct).ConfigureAwait(false));
        _port = new Uri(ports.RootElement.GetProperty("nats")[0].GetString()!).Port;
        MonitorUrl = ports.RootElement.TryGetProperty("monitoring", out var monitoring) ? new(monitoring[0].GetString()!) : null;
    }

    /// <summary>Kills it, as a crash would.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            try
            {
                process.Kill();
            }
            catch (InvalidOperationException)
            {
                // It has ended by itself.
            }

            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            process.Dispose();
        }
    }

    /// <summary>Ends it: what it has acknowledged is on the disk already.</summary>
    public async ValueTask DisposeAsync() => await KillAsync().ConfigureAwait(false);

    /// <summary>The file is renamed or written in place, by the server's version: an empty one is read again.</summary>
    private static async Task<string> ReadWholeAsync(string file, CancellationToken ct)
    {
        while (true)
        {
            var text = await File.ReadAllTextAsync(file, ct).ConfigureAwait(false);
            if (text.Contains('}', StringComparison.Ordinal))
            {
                return text;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, ct).ConfigureAwait(false);
        }
    }

    /// <summary>Only what matters where it does not start: a fatal line, or a fault of the configuration.</summary>
    private static void Keep(TextWriter log, string? line)
    {
        if (line is not null && (line.Contains("[FTL]", StringComparison.Ordinal) || line.StartsWith("nats-server:", StringComparison.Ordinal)))
        {
            log.WriteLine(line);
        }
    }
}
