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

    /// <summary>The run that it is compared with; null: <c>--compare</c> names none.</summary>
    public EarlierDocument? Earlier { get; init; }

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

/// <summary>An earlier run of the same benchmark.</summary>
/// <param name="File">Where its result is.</param>
/// <param name="Machine">What it ran on.</param>
/// <param name="Jobs">Jobs of each rate.</param>
/// <param name="Runs">How many runs.</param>
/// <param name="Differs">Which of these are not the same now, as members are named; what a machine measures of itself (<c>fsync_p50_ms</c>, <c>load_average</c>) never is.</param>
internal sealed record EarlierDocument(string File, MachineDocument Machine, int Jobs, int Runs, IReadOnlyList<string> Differs)
{
    public static View<EarlierDocument> View { get; } = new(DocumentJson.Default.EarlierDocument);

    public override string ToString() => Differs.Count == 0
        ? $"compared with {File}: the same machine"
        : string.Create(CultureInfo.InvariantCulture, $"compared with {File}, which differs in {string.Join(", ", Differs)}: {Runs} runs of {Jobs} jobs on {Machine}");
}

/// <summary>One figure of a benchmark, over all runs.</summary>
internal sealed record FigureDocument
{
    public required string Figure { get; init; }

    /// <summary>The name of a <c>Durability</c>; null: as the server syncs.</summary>
    public required string? Durability { get; init; }

    /// <summary><c>jobs_per_second</c>, <c>milliseconds</c>, <c>percent_of_core</c>, <c>megabytes</c>, <c>calls_per_second</c>, <c>bytes</c> or <c>percent</c>.</summary>
    public required string Unit { get; init; }

    public required double Median { get; init; }

    public required double Min { get; init; }

    public required double Max { get; init; }

    /// <summary>The raw engine's figure for the same work; null: there is none.</summary>
    public required string? Raw { get; init; }

    /// <summary>The share of <see cref="Raw"/> at the same durability, taken within each run, the median of the runs.</summary>
    public required double? RawRatio { get; init; }

    /// <summary>Naq's own figure that differs in the one thing that is measured; null: there is none.</summary>
    public string? Plain { get; init; }

    /// <summary>The share of <see cref="Plain"/>, taken in the same way.</summary>
    public double? PlainRatio { get; init; }

    /// <summary>The same of the raw engine's cycle (on SQLite at NORMAL); rates only.</summary>
    public required double? UnitRatio { get; init; }

    /// <summary>The median of the earlier run; null: it has no such figure.</summary>
    public double? Before { get; init; }

    /// <summary>How many times <see cref="Before"/> the median is now; null: that was 0 or is not there.</summary>
    public double? BeforeRatio { get; init; }

    /// <summary>Whether the ranges from least to most of then and now have something in common: then a change may be chance. Null: there is no earlier figure.</summary>
    public bool? Overlaps { get; init; }

    public static View<FigureDocument> View { get; } = new(
        DocumentJson.Default.FigureDocument,
        Cell.Text<FigureDocument>("figure", static f => f.Figure),
        Cell.Text<FigureDocument>("durability", static f => f.Durability),
        Value("median", static f => f.Median),
        Value("min", static f => f.Min),
        Value("max", static f => f.Max),
        Cell.Text<FigureDocument>("unit", static f => f.Unit),
        Cell.Text<FigureDocument>("raw", static f => f.Raw),
        Ratio("of raw", static f => f.RawRatio),
        Cell.Text<FigureDocument>("plain", static f => f.Plain),
        Ratio("of plain", static f => f.PlainRatio),
        Ratio("of UNIT", static f => f.UnitRatio));

    /// <summary>The same beside an earlier run.</summary>
    public static View<FigureDocument> ComparedView { get; } = new(
        DocumentJson.Default.FigureDocument,
        [
            .. View.Columns,
            Value("before", static f => f.Before),
            new("change", static f => f.BeforeRatio is { } ratio ? (ratio - 1).ToString("+0 %;-0 %;0 %", CultureInfo.InvariantCulture) : null) { IsNumber = true },
            Cell.Text<FigureDocument>("ranges", static f => f.Overlaps switch { true => "overlap", false => "apart", null => null }),
        ]);

    private static Column<FigureDocument> Value(string title, Func<FigureDocument, double?> value) =>
        new(title, f => value(f)?.ToString(value(f) < 100 ? "0.00" : "#,0", CultureInfo.InvariantCulture)) { IsNumber = true };

    private static Column<FigureDocument> Ratio(string title, Func<FigureDocument, double?> ratio) =>
        new(title, f => ratio(f)?.ToString("0.00", CultureInfo.InvariantCulture)) { IsNumber = true };
}
