using Naq.Brokers;
using Naq.Cli.BuiltIns;
using Naq.Cli.Invoking;
using Naq.Sqlite;

namespace Naq.Cli.Benchmarks;

/// <summary>Where one measurement happens: a folder of its own with a fresh database, and the clock that times it.</summary>
internal sealed record BenchPlace(Invocation Run, string Folder, Durability Durability, int Jobs, Random Random)
{
    public const string Queue = "bench";
    public const int Slots = 16;

    public TimeProvider Time => Run.Shell.Time;

    public string Database => Path.Combine(Folder, "naq.db");

    public string Ledger => Path.Combine(Folder, "ledger.ndjson");

    /// <summary>Jobs that are run before the clock starts, so that what is timed is compiled.</summary>
    public int WarmUp => Math.Max(Jobs / 5, 1);

    public static EnqueueOptions ToQueue { get; } = new() { Queue = Queue };

    public ValueTask<Broker> OpenAsync(CancellationToken ct) =>
        SqliteBroker.OpenAsync(new() { Path = Database, Durability = Durability }, Time, Run.Loggers, ct);

    public static IEnumerable<NoOp> NoOps(int count) => Enumerable.Repeat(new NoOp(), count);

    /// <summary>A rate of jobs since <paramref name="start"/>.</summary>
    public Sample Rate(string figure, int jobs, long start, string? raw = null) =>
        new(figure, Durability, FigureUnit.JobsPerSecond, jobs / Time.GetElapsedTime(start).TotalSeconds) { Raw = raw };
}
