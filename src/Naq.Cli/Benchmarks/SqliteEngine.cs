using System.Diagnostics;
using Naq.Brokers;
using Naq.Cli.Benchmarks.Raw;
using Naq.Cli.Connecting;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Parsing;
using Naq.Sqlite;
using Naq.Sqlite.Engine;

namespace Naq.Cli.Benchmarks;

/// <summary>SQLite: a fresh file for each measurement.</summary>
internal sealed class SqliteEngine(Invocation run, string folder) : BenchEngine
{
    public override IReadOnlyList<string> RawFigures { get; } = [RawFigure.Enqueue, RawFigure.Drain, RawFigure.Cycle];

    public override Durability? Unit => Durability.Normal;

    public override IReadOnlyList<Durability?> DurabilitiesOf(Scenario scenario) => scenario.Durabilities;

    public override ValueTask<MachineDocument> LookAsync(CancellationToken ct) =>
        new(Machine.Look(folder, run.Shell.Time) with { Sqlite = Database.Version });

    public override BenchPlace MakePlace(Durability? durability, int jobs, Random random) =>
        new SqlitePlace(run, Path.Combine(folder, "db"), durability ?? throw new UnreachableException(), jobs, random);

    public override ValueTask DisposeAsync() => default;
}

/// <summary>A folder with a database.</summary>
internal sealed class SqlitePlace(Invocation run, string folder, Durability durability, int jobs, Random random) : BenchPlace(run, folder, durability, jobs, random)
{
    private readonly Durability _durability = durability;

    public string Database => Path.Combine(Folder, "naq.db");

    /// <summary>Whether the raw engine has to sync before it answers.</summary>
    public bool IsFull => _durability != Naq.Sqlite.Durability.Normal;

    public override BrokerAddress Address => new(BrokerKind.Sqlite, Database, "bench");

    public override IReadOnlyDictionary<string, string> Variables { get; } = new Dictionary<string, string> { ["NAQ_DURABILITY"] = Choice.NameOf(durability) };

    public override ValueTask<Broker> OpenAsync(CancellationToken ct) =>
        SqliteBroker.OpenAsync(new() { Path = Database, Durability = _durability }, Time, Run.Loggers, ct);

    public override Task<IReadOnlyList<Sample>> MeasureRawAsync(CancellationToken ct) => new RawSqlite(this).MeasureAsync(ct);
}
