using System.Diagnostics;
using System.Text.Json;
using Naq.Nats.Tests;

[assembly: AssemblyFixture(typeof(NatsServer))]

namespace Naq.Nats.Tests;

/// <summary>A nats-server of the tests' own: JetStream in a temporary folder, on a free port of the loopback.</summary>
public sealed class NatsServer : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("naq-nats-").FullName;
    private Process? _process;
    private string? _url;
    private string? _trouble;

    /// <summary>Where it listens; skips the test where no server could be had.</summary>
    public string Address
    {
        get
        {
            Assert.SkipWhen(_url is null, _trouble ?? "no nats-server");
            return _url!;
        }
    }

    public async ValueTask InitializeAsync()
    {
        try
        {
            var ct = TestContext.Current.CancellationToken;
            _url = await StartAsync(await NatsBinary.FindAsync(ct), ct);
        }
        catch (NatsUnavailableException none)
        {
            _trouble = none.Message;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>The server chooses a free port and writes it into a file, so that nobody can take it in between.</summary>
    private async Task<string> StartAsync(string binary, CancellationToken ct)
    {
        string[] arguments = ["-js", "-sd", Path.Combine(_folder, "store"), "-a", "127.0.0.1", "-p", "-1", "--ports_file_dir", _folder];
        using var written = new FileSystemWatcher(_folder, "*.ports") { EnableRaisingEvents = true };
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        written.Renamed += (_, _) => changed.TrySetResult();
        written.Changed += (_, _) => changed.TrySetResult();
        _process = Process.Start(new ProcessStartInfo(binary, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        await changed.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, ct);
        using var ports = JsonDocument.Parse(await File.ReadAllTextAsync(Directory.GetFiles(_folder, "*.ports").Single(), ct));
        return ports.RootElement.GetProperty("nats")[0].GetString()!;
    }
}
