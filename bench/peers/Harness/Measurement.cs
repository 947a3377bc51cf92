using System.Diagnostics;
using System.Globalization;

/// <summary>How one row did in one run. Rates a second, times in milliseconds, memory in megabytes; null: there is no such thing.</summary>
internal sealed record Measurement(double? One, double? Bulk, double Drain, double P50, double P99, double Start, double WorkerMegabytes, double? ServerMegabytes);

/// <param name="Seconds">How long jobs are enqueued one by one.</param>
/// <param name="Jobs">Replaces each row's number of jobs; null: it does not.</param>
/// <param name="Share">Of each row's number of jobs.</param>
/// <param name="Latencies">Jobs that are enqueued one at a time.</param>
internal sealed record Effort(int Slots, double Seconds, int? Jobs, double Share, int Latencies)
{
    /// <summary>At least two batches where there are batches: the first warms up.</summary>
    public int JobsOf(Peer peer) => Math.Max(peer.Library == Library.Hangfire ? 300 : 2000, Jobs ?? (int)(peer.Jobs * Share));
}

/// <summary>Measures a row once: a fresh server, a producer, a worker that starts with the producer's jobs waiting, drains them, idles, and is then sent jobs one at a time.</summary>
internal sealed class Run(Peer peer, Effort effort, string folder)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly List<Reader> _workers = [];

    private static long Now => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000);

    public async Task<Measurement> MeasureAsync(CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        using var server = await Server.StartAsync(peer.Server, folder, ct);
        var url = peer.Url(server.Port, folder);
        var children = new List<Child>();
        try
        {
            return peer.Whole ? await WholeAsync(url, children, ct) : await ApartAsync(url, server, children, ct);
        }
        finally
        {
            children.ForEach(static child => child.Kill());
            server.Dispose();
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<Measurement> ApartAsync(string url, Server server, List<Child> children, CancellationToken ct)
    {
        var enqueued = await ProduceAsync(url, ["enqueue", Invariant(effort.Seconds), Invariant(effort.JobsOf(peer))], children, ct);
        var total = (long)enqueued["TOTAL"];
        var started = Now;
        for (var i = 0; i < peer.Workers; i++)
        {
            var reader = new Reader(Path.Combine(folder, $"worker-{i}.out"));
            _workers.Add(reader);
            children.Add(Child.Start(Commands.Worker(peer.Library, effort.Slots / peer.Workers), Commands.Folder(peer.Library), Log, Settings(url, reader.File)));
        }

        var drain = await DrainAsync(total, children, ct);
        await Task.Delay(500, ct);
        var (worker, own) = (children.Sum(static child => child.Megabytes()), server.Megabytes);
        await ProduceAsync(url, ["latency", Invariant(effort.Latencies)], children, ct);
        var (p50, p99) = await LatencyAsync(children, ct);
        return new(enqueued.GetValueOrDefault("ONE"), enqueued.TryGetValue("BULK", out var bulk) ? bulk : null, drain, p50, p99,
            (_workers.Min(static reader => reader.First) - started) / 1000.0, worker, own > 0 ? own : null);
    }

    private async Task<Measurement> WholeAsync(string url, List<Child> children, CancellationToken ct)
    {
        // Its start: another process, with a job that it has enqueued itself.
        var first = new Reader(Path.Combine(folder, "first.out"));
        var started = Now;
        using (var once = Child.Start(Commands.Producer(peer.Library, ["whole", "0", "1"]), folder, Log, Settings(url, first.File)))
        {
            await UntilAsync(() => first.Read().First > 0, [once], ct);
            once.Kill();
        }

        var reader = new Reader(Path.Combine(folder, "whole.out"));
        _workers.Add(reader);
        var child = Child.Start(Commands.Producer(peer.Library, ["whole", Invariant(effort.Seconds), Invariant(effort.JobsOf(peer))]), folder, Log, Settings(url, reader.File));
        children.Add(child);
        await UntilAsync(() => reader.Read().Values.ContainsKey("TOTAL"), children, ct);
        var drain = await DrainAsync((long)reader.Values["TOTAL"], children, ct);
        await Task.Delay(500, ct);
        var memory = child.Megabytes();
        await child.Input.WriteLineAsync(Invariant(effort.Latencies));
        await child.Input.FlushAsync(ct);
        var (p50, p99) = await LatencyAsync(children, ct);
        return new(reader.Values["ONE"], null, drain, p50, p99, (first.First - started) / 1000.0, memory, null);
    }

    private string Log => Path.Combine(folder, "programs.log");

    private async Task<Dictionary<string, double>> ProduceAsync(string url, string[] command, List<Child> workers, CancellationToken ct)
    {
        var reader = new Reader(Path.Combine(folder, $"{command[0]}.out"));
        using var producer = Child.Start(Commands.Producer(peer.Library, command), Commands.Folder(peer.Library), Log, Settings(url, reader.File));
        await producer.EndsAsync(Patience, ct);
        return reader.Read().Values;
    }

    /// <summary>Waits until all jobs have run; the rate of the last four fifths of them, so that what warms up is not in it.</summary>
    private async Task<double> DrainAsync(long total, List<Child> children, CancellationToken ct)
    {
        await UntilAsync(() => Ran() >= total, children, ct, () => $"{Ran():#,0} of {total:#,0} jobs had run");
        long Ran() => _workers.Sum(static reader => reader.Read().Counts.LastOrDefault().Count);
        var counts = new long[_workers.Count];
        (long Time, long Count) from = default, to = default;
        foreach (var (time, worker, count) in _workers.SelectMany(static (reader, i) => reader.Counts.Select(sample => (sample.Time, i, sample.Count))).Order())
        {
            counts[worker] = count;
            to = (time, counts.Sum());
            if (from.Time == 0 && to.Count >= total / 5)
            {
                from = to;
            }

            if (to.Count >= total)
            {
                break;
            }
        }

        return to.Time > from.Time ? (to.Count - from.Count) * 1e6 / (to.Time - from.Time) : throw new InvalidOperationException("too few jobs to measure a drain by");
    }

    private async Task<(double P50, double P99)> LatencyAsync(List<Child> children, CancellationToken ct)
    {
        await UntilAsync(() => _workers.Sum(static reader => reader.Read().Latencies.Count) >= effort.Latencies, children, ct);
        var sorted = _workers.SelectMany(static reader => reader.Latencies).Order().ToList();
        return (sorted[sorted.Count / 2] / 1000.0, sorted[(int)(sorted.Count * 0.99)] / 1000.0);
    }

    private static async Task UntilAsync(Func<bool> done, List<Child> children, CancellationToken ct, Func<string>? state = null)
    {
        for (var end = Now + (Patience.TotalSeconds * 1e6); !done(); await Task.Delay(20, ct))
        {
            if (children.FirstOrDefault(static child => child.HasEnded) is { } ended)
            {
                throw new InvalidOperationException($"it ended early. {ended.Said}");
            }

            if (Now > end)
            {
                throw new InvalidOperationException($"it was not done within {Patience.TotalSeconds:0} s{(state is null ? "" : $": {state()}")}. {children.LastOrDefault()?.Said}");
            }
        }
    }

    private Dictionary<string, string> Settings(string url, string file) => new(Paths.Libraries())
    {
        ["PEERS_URL"] = url,
        ["PEERS_OUT"] = file,
        ["PEERS_SLOTS"] = Invariant(effort.Slots / peer.Workers),
        ["NODE_ENV"] = "production",
        ["DOTNET_ENVIRONMENT"] = "Production",
    };

    private static string Invariant(double value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Reads on in what a program writes.</summary>
    private sealed class Reader(string file)
    {
        private long _at;
        private string _rest = "";

        public string File => file;

        public long First { get; private set; }

        public List<(long Time, long Count)> Counts { get; } = [];

        public List<long> Latencies { get; } = [];

        public Dictionary<string, double> Values { get; } = [];

        public Reader Read()
        {
            if (!System.IO.File.Exists(file))
            {
                return this;
            }

            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            stream.Position = _at;
            var lines = (_rest + new StreamReader(stream).ReadToEnd()).Split('\n');
            (_at, _rest) = (stream.Position, lines[^1]);
            foreach (var line in lines[..^1])
            {
                var words = line.Split(' ');
                switch (words[0])
                {
                    case "F":
                        First = long.Parse(words[1], CultureInfo.InvariantCulture);
                        break;
                    case "C":
                        Counts.Add((long.Parse(words[1], CultureInfo.InvariantCulture), long.Parse(words[2], CultureInfo.InvariantCulture)));
                        break;
                    case "L":
                        Latencies.Add(long.Parse(words[1], CultureInfo.InvariantCulture));
                        break;
                    default:
                        Values[words[0]] = double.Parse(words[1], CultureInfo.InvariantCulture);
                        break;
                }
            }

            return this;
        }
    }
}

/// <summary>How each program is started.</summary>
internal static class Commands
{
    private static string BullMq => Path.Combine(Paths.Installed, "bullmq");

    private static string Ruby => Paths.Debian("usr/bin/ruby[0-9]*".Replace("[0-9]*", "3.*", StringComparison.Ordinal));

    public static string Folder(Library program) => program switch
    {
        Library.Sidekiq => Path.Combine(Paths.Source, "sidekiq"),
        Library.Celery => Path.Combine(Paths.Source, "celery"),
        Library.BullMq => BullMq,
        _ => Paths.Temp,
    };

    public static IReadOnlyList<string> Producer(Library program, string[] command) => program switch
    {
        Library.Sidekiq => [Ruby, "app.rb", .. command],
        Library.Celery => [Paths.Debian("usr/bin/python3"), "-B", "app.py", .. command],
        Library.BullMq => ["node", "app.js", .. command],
        _ => [Path.Combine(Paths.Installed, "dotnet", "publish", program.ToString(), "release", $"Peer{program}"), .. command],
    };

    public static IReadOnlyList<string> Worker(Library program, int slots) => program switch
    {
        Library.Sidekiq => [Ruby, Paths.Debian("usr/bin/sidekiq"), "-r", "./app.rb", "-c", $"{slots}", "-e", "production"],
        Library.Celery => [Paths.Debian("usr/bin/python3"), "-B", "-m", "celery", "-A", "app", "worker", "-c", $"{slots}", "-l", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"],
        _ => Producer(program, ["worker"]),
    };
}
