using System.Globalization;

namespace Naq.Cli.Output;

/// <summary>What <c>naq bench</c> has measured.</summary>
internal sealed record BenchDocument
{
    /// <summary>What it ran on.</summary>
    public required MachineDocument Machine { get; init; }

    /// <summary>Jobs of each rate, in each run.</summary>
    public required int Jobs { get; init; }

    public required int Runs { get; init; }

    public required IReadOnlyList<FigureDocument> Figures { get; init; }

    public static View<BenchDocument> View { get; } = new(DocumentJson.Default.BenchDocument);
}

/// <summary>The machine of a benchmark.</summary>
internal sealed record MachineDocument
{
    public required int Cores { get; init; }

    public required string Cpu { get; init; }

    public required string Os { get; init; }

    public required string Dotnet { get; init; }

    /// <summary>SQLite's version; null: NATS was measured.</summary>
    public string? Sqlite { get; init; }

    /// <summary>The version of nats-server; null: SQLite was measured.</summary>
    public string? NatsServer { get; init; }

    /// <summary>How often nats-server syncs what it has acknowledged: <c>2m</c>, <c>always</c>, or <c>unknown</c> without its monitoring endpoint.</summary>
    public string? SyncInterval { get; init; }

    /// <summary>The file system's type, such as <c>ext4</c>; on <c>tmpfs</c> syncing costs nothing and the figures mean little. Null: of somebody else's server.</summary>
    public required string? FileSystem { get; init; }

    /// <summary>The median of 100 writes of 4 KiB, each synced, at the end of a file. Null: of somebody else's server.</summary>
    public required double? FsyncP50Ms { get; init; }

    /// <summary>Of the last minute, before the first run: well above 0, and somebody else was using the machine. Null: unknown.</summary>
    public required double? LoadAverage { get; init; }

    public static View<MachineDocument> View { get; } = new(DocumentJson.Default.MachineDocument);

    /// <summary>All of it on one line.</summary>
    public override string ToString()
    {
        var engine = Sqlite is not null ? $"SQLite {Sqlite}" : $"nats-server {NatsServer}, sync_interval {SyncInterval}";
        var disk = FileSystem is null ? "the server's disk is unknown" : string.Create(CultureInfo.InvariantCulture, $"{FileSystem}, fsync p50 {FsyncP50Ms:0.00} ms");
        return string.Create(CultureInfo.InvariantCulture, $"{Cores} cores {Cpu}, {Os}, {Dotnet}, {engine}, {disk}, load {LoadAverage:0.0} before the start");
    }
}

/// <summary>One figure of a benchmark, over all runs.</summary>
internal sealed record FigureDocument
{
    public required string Figure { get; init; }

    /// <summary><c>full</c> or <c>normal</c>; null: as the server syncs.</summary>
    public required string? Durability { get; init; }

    /// <summary><c>jobs_per_second</c>, <c>milliseconds</c>, <c>percent_of_core</c>, <c>megabytes</c>, <c>calls_per_second</c> or <c>bytes</c>.</summary>
    public required string Unit { get; init; }

    public required double Median { get; init; }

    public required double Min { get; init; }

    public required double Max { get; init; }

    /// <summary>The raw engine's figure for the same work; null: there is none.</summary>
    public required string? Raw { get; init; }

    /// <summary>The share of <see cref="Raw"/> at the same durability, taken within each run, the median of the runs.</summary>
    public required double? RawRatio { get; init; }

    /// <summary>The same of the raw engine's cycle (on SQLite at NORMAL); rates only.</summary>
    public required double? UnitRatio { get; init; }

    public static View<FigureDocument> View { get; } = new(
        DocumentJson.Default.FigureDocument,
        Cell.Text<FigureDocument>("figure", static f => f.Figure),
        Cell.Text<FigureDocument>("durability", static f => f.Durability),
        Value("median", static f => f.Median),
        Value("min", static f => f.Min),
        Value("max", static f => f.Max),
        Cell.Text<FigureDocument>("unit", static f => f.Unit),
        Cell.Text<FigureDocument>("beside", static f => f.Raw),
        Ratio("of it", static f => f.RawRatio),
        Ratio("of UNIT", static f => f.UnitRatio));

    private static Column<FigureDocument> Value(string title, Func<FigureDocument, double> value) =>
        new(title, f => value(f).ToString(value(f) < 100 ? "0.00" : "#,0", CultureInfo.InvariantCulture)) { IsNumber = true };

    private static Column<FigureDocument> Ratio(string title, Func<FigureDocument, double?> ratio) =>
        new(title, f => ratio(f)?.ToString("0.00", CultureInfo.InvariantCulture)) { IsNumber = true };
}
