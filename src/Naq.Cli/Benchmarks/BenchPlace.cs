using Naq.Brokers;
using Naq.Cli.Connecting;
using Naq.Cli.Invoking;
using Naq.Sqlite;

namespace Naq.Cli.Benchmarks;

/// <summary>Where one measurement happens: a fresh broker, a folder, and the clock that times it. What it holds is gone when it is disposed.</summary>
internal abstract class BenchPlace : IAsyncDisposable
{
    public const string Queue = "bench";
    public const int Slots = 16;

    protected BenchPlace(Invocation run, string folder, Durability? durability, int jobs, Random random)
    {
        (Run, Folder, Durability, Jobs, Random) = (run, folder, durability, jobs, random);
        _ = Directory.CreateDirectory(folder);
    }

    public Invocation Run { get; }

    public string Folder { get; }

    /// <summary>What an acknowledgement survives; null: the server was configured so.</summary>
    public Durability? Durability { get; }

    public int Jobs { get; }

    public Random Random { get; }

    public TimeProvider Time => Run.Shell.Time;

    public string Ledger => Path.Combine(Folder, "ledger.ndjson");

    /// <summary>Jobs that are run before the clock starts, so that what is timed is compiled.</summary>
    public int WarmUp => Math.Max(Jobs / 5, 1);

    public static EnqueueOptions ToQueue { get; } = new() { Queue = Queue };

    /// <summary>What worker processes are told.</summary>
    public abstract BrokerAddress Address { get; }

    /// <summary>What worker processes find in their environment, so that they open the same broker.</summary>
    public virtual IReadOnlyDictionary<string, string> Variables { get; } = new Dictionary<string, string>();

    /// <summary>The server's process; null: there is none, or it is somebody else's.</summary>
    public virtual int? ServerPid => null;

    public abstract ValueTask<Broker> OpenAsync(CancellationToken ct);

    /// <summary>Measures the engine without Naq.</summary>
    public abstract Task<IReadOnlyList<Sample>> MeasureRawAsync(CancellationToken ct);

    /// <summary>A rate of jobs since <paramref name="start"/>.</summary>
    public Sample Rate(string figure, long jobs, long start) =>
        new(figure, Durability, FigureUnit.JobsPerSecond, jobs / Time.GetElapsedTime(start).TotalSeconds);

    /// <summary>The nearest rank of some waits.</summary>
    public Sample Rank(string figure, double[] ascending, double share) =>
        new(figure, Durability, FigureUnit.Milliseconds, ascending[Math.Max(0, (int)Math.Ceiling(share * ascending.Length) - 1)]);

    public virtual ValueTask DisposeAsync()
    {
        Directory.Delete(Folder, recursive: true);
        return default;
    }
}
