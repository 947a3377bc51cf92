using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

/// <summary>Processes of this run: started in sessions of their own, written down for the script that started this, and ended with all they have started.</summary>
internal sealed class Child : IDisposable
{
    private static readonly List<Child> Running = [];
    private readonly Process _process;
    private readonly string _log;

    private Child(Process process, string log) => (_process, _log) = (process, log);

    public bool HasEnded => _process.HasExited;

    public StreamWriter Input => _process.StandardInput;

    /// <summary>What it said last, for a row that could not be measured.</summary>
    public string Said => File.Exists(_log) ? string.Join(' ', File.ReadLines(_log).Where(static line => line.Trim().Length > 0).TakeLast(3)) : "";

    public static Child Start(IEnumerable<string> command, string folder, string log, IReadOnlyDictionary<string, string>? environment = null)
    {
        // A shell only for the redirection: it becomes the program.
        var start = new ProcessStartInfo("setsid", ["sh", "-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1", "sh", log, .. command]) { WorkingDirectory = folder, RedirectStandardInput = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var child = new Child(Process.Start(start)!, log);
        File.WriteAllText(Path.Combine(Paths.Temp, "pids", $"{child._process.Id}"), "");
        lock (Running)
        {
            Running.Add(child);
        }

        return child;
    }

    public async Task EndsAsync(TimeSpan patience, CancellationToken ct)
    {
        try
        {
            await _process.WaitForExitAsync(ct).WaitAsync(patience, ct);
        }
        catch (TimeoutException)
        {
            throw new InvalidOperationException($"it did not end within {patience.TotalSeconds:0} s. {Said}");
        }

        if (_process.ExitCode != 0)
        {
            throw new InvalidOperationException($"it ended with {_process.ExitCode}. {Said}");
        }
    }

    /// <summary>Asks it to end, as a server of shared memory must be asked, and kills what is there after a while.</summary>
    public void Dispose() => End(asked: true);

    /// <summary>Kills it and all of its session: nobody needs it any more, nor what it holds.</summary>
    public void Kill() => End(asked: false);

    private void End(bool asked)
    {
        lock (Running)
        {
            if (!Running.Remove(this))
            {
                return;
            }
        }

        if (asked)
        {
            Signal("TERM", "");
            _process.WaitForExit(TimeSpan.FromSeconds(8));
        }

        Signal("KILL", "-");
        _process.WaitForExit();
        File.Delete(Path.Combine(Paths.Temp, "pids", $"{_process.Id}"));
        _process.Dispose();
    }

    public static void EndAll()
    {
        List<Child> left;
        lock (Running)
        {
            left = [.. Running];
        }

        left.ForEach(static child => child.Dispose());
    }

    /// <summary>Megabytes of it and what it has started, pages that several share counted in shares (PSS).</summary>
    public double Megabytes()
    {
        var parents = new Dictionary<int, int>();
        foreach (var folder in Directory.GetDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out var pid) && TryRead($"{folder}/stat") is { } stat)
            {
                parents[pid] = int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
            }
        }

        bool Ours(int pid) => pid == _process.Id || (parents.TryGetValue(pid, out var parent) && parent > 1 && Ours(parent));
        return parents.Keys.Where(Ours).Sum(static pid => TryRead($"/proc/{pid}/smaps_rollup") is { } rollup
            ? long.Parse(rollup.Split('\n').First(static line => line.StartsWith("Pss:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1000.0 * 1.024
            : 0);
    }

    private static string? TryRead(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private void Signal(string name, string group)
    {
        using var kill = Process.Start(new ProcessStartInfo("sh", ["-c", $"kill -s {name} -- {group}{_process.Id} 2>/dev/null || true"]))!;
        kill.WaitForExit();
    }
}

internal static class Paths
{
    public static string Root { get; } = Environment.GetEnvironmentVariable("PEERS_ROOT") ?? throw new InvalidOperationException("Start bench/peers/run.");

    public static string Temp { get; } = Environment.GetEnvironmentVariable("PEERS_TEMP")!;

    public static string Nats { get; } = Environment.GetEnvironmentVariable("PEERS_NATS")!;

    public static string Installed => Path.Combine(Root, "artifacts", "peers");

    public static string Source => Path.Combine(Root, "bench", "peers");

    private static string Tree => Path.Combine(Installed, "debian");

    /// <summary>Where Debian's packages were unpacked, or where the machine has them.</summary>
    public static string Debian(string pattern)
    {
        var (folder, name) = (Path.GetDirectoryName(pattern)!, Path.GetFileName(pattern));
        return new[] { Path.Combine(Tree, folder), $"/{folder}" }
            .Where(Directory.Exists).SelectMany(place => Directory.GetFileSystemEntries(place, name)).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException($"/{pattern} is neither installed nor in {Path.GetRelativePath(Root, Tree)}.");
    }

    /// <summary>So that programs find what was unpacked with them.</summary>
    public static Dictionary<string, string> Libraries()
    {
        string[] libraries = [.. Existing("usr/lib", "usr/lib/*-linux-gnu")];
        string[] ruby = [.. Existing("usr/lib/ruby/vendor_ruby", "usr/lib/ruby/[0-9]*", "usr/lib/ruby/vendor_ruby/[0-9]*"), .. libraries.SelectMany(static library => (string[])[
            .. Matching($"{library}/ruby", "[0-9]*"), .. Matching($"{library}/ruby/vendor_ruby", "[0-9]*")])];
        return new()
        {
            ["LD_LIBRARY_PATH"] = string.Join(':', libraries),
            ["RUBYLIB"] = string.Join(':', ruby),
            ["GEM_PATH"] = string.Join(':', Matching(Path.Combine(Tree, "usr/share/rubygems-integration"), "*").Concat(Matching("/usr/share/rubygems-integration", "*"))),
            ["PYTHONPATH"] = Path.Combine(Tree, "usr/lib/python3/dist-packages"),
            ["TZ"] = "UTC",
        };
    }

    private static IEnumerable<string> Existing(params string[] patterns) =>
        patterns.SelectMany(static pattern => Matching(Path.Combine(Tree, Path.GetDirectoryName(pattern)!), Path.GetFileName(pattern)));

    private static IEnumerable<string> Matching(string folder, string pattern) => !Directory.Exists(folder) ? []
        : Directory.GetDirectories(folder, pattern.Replace("[0-9]*", "*", StringComparison.Ordinal))
            .Where(found => !pattern.StartsWith("[0-9]", StringComparison.Ordinal) || char.IsDigit(Path.GetFileName(found)[0]));
}

/// <summary>A server of a run, with its data in the run's folder.</summary>
internal sealed class Server(Child? child, int port) : IDisposable
{
    public int Port => port;

    public double Megabytes => child?.Megabytes() ?? 0;

    public static async Task<Server> StartAsync(ServerKind kind, string folder, CancellationToken ct)
    {
        var port = kind == ServerKind.None ? 0 : FreePort();
        var log = Path.Combine(folder, "server.log");
        IReadOnlyList<string> command = [];
        switch (kind)
        {
            case ServerKind.None:
                return new(null, 0);
            case ServerKind.RedisEverySecond or ServerKind.RedisAlways:
                command = [Paths.Debian("usr/bin/redis-server"), "--bind", "127.0.0.1", "--port", $"{port}", "--dir", folder, "--save", "", "--appendonly", "yes",
                    "--appendfsync", kind == ServerKind.RedisAlways ? "always" : "everysec"];
                break;
            case ServerKind.NatsEveryTwoMinutes or ServerKind.NatsAlways:
                await File.WriteAllTextAsync($"{folder}/nats.conf", $$"""
                    listen: "127.0.0.1:{{port}}"
                    jetstream { store_dir: "{{folder}}/store", sync_interval: {{(kind == ServerKind.NatsAlways ? "always" : "\"2m\"")}} }

                    """, ct);
                command = [Paths.Nats, "-c", $"{folder}/nats.conf"];
                break;
            case ServerKind.Postgres:
                command = await PreparePostgresAsync(folder, port, log, ct);
                break;
        }

        var child = Child.Start(command, folder, log, Paths.Libraries());
        await ListensAsync(child, port, ct);
        if (kind == ServerKind.Postgres)
        {
            // It listens before it lets anybody in.
            for (var ready = false; !ready && !child.HasEnded;)
            {
                using var ask = Process.Start(new ProcessStartInfo(Paths.Debian($"usr/lib/postgresql/{PostgresVersion()}/bin/pg_isready"), ["-q", "-h", "127.0.0.1", "-p", $"{port}"])
                {
                    Environment = { ["LD_LIBRARY_PATH"] = Paths.Libraries()["LD_LIBRARY_PATH"] },
                })!;
                await ask.WaitForExitAsync(ct);
                ready = ask.ExitCode == 0;
                await Task.Delay(20, ct);
            }
        }

        return new(child, port);
    }

    public void Dispose() => child?.Dispose();

    public static string PostgresVersion() => new[] { Path.Combine(Paths.Installed, "debian/usr/lib/postgresql"), "/usr/lib/postgresql" }
        .Where(Directory.Exists).SelectMany(Directory.GetDirectories).Where(static folder => File.Exists(Path.Combine(folder, "bin/initdb")))
        .Select(static folder => Path.GetFileName(folder)!).FirstOrDefault() ?? throw new InvalidOperationException("PostgreSQL is not installed.");

    /// <summary>It refuses to be root: then it is nobody.</summary>
    private static async Task<IReadOnlyList<string>> PreparePostgresAsync(string folder, int port, string log, CancellationToken ct)
    {
        var bin = $"usr/lib/postgresql/{PostgresVersion()}/bin";
        string[] user = Environment.UserName == "root" ? ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] : [];
        var data = Path.Combine(folder, "postgres");
        Directory.CreateDirectory(data);
        if (user.Length > 0)
        {
            using var chown = Child.Start(["chown", "nobody:nogroup", data], folder, log);
            await chown.EndsAsync(TimeSpan.FromSeconds(5), ct);
        }

        using var initdb = Child.Start([.. user, Paths.Debian($"{bin}/initdb"), "-D", data, "-A", "trust", "-U", "peers", "-E", "UTF8", "--locale=C", "--no-sync"], data, log, Paths.Libraries());
        await initdb.EndsAsync(TimeSpan.FromSeconds(60), ct);
        return [.. user, Paths.Debian($"{bin}/postgres"), "-D", data, "-p", $"{port}", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="];
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task ListensAsync(Child child, int port, CancellationToken ct)
    {
        for (var tries = 0; tries < 1000 && !child.HasEnded; tries++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port, ct);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(20, ct);
            }
        }

        throw new InvalidOperationException($"its server does not start. {child.Said}");
    }
}
