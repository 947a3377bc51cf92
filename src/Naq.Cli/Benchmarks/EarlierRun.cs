using System.Text.Json;
using Naq.Cli.Output;

namespace Naq.Cli.Benchmarks;

/// <summary>The result of an earlier run, as <c>-o json</c> has printed it.</summary>
internal sealed class EarlierRun
{
    private readonly string _file;
    private readonly BenchDocument _result;

    private EarlierRun(string file, BenchDocument result) => (_file, _result) = (file, result);

    /// <exception cref="NaqConfigurationException">The file cannot be read, or holds something else.</exception>
    public static EarlierRun Read(string file, string directory)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(Path.GetFullPath(file, directory)), DocumentJson.Default.BenchDocument) is { Machine: not null, Figures: { } figures } result
                && figures.All(static figure => figure?.Figure is not null)
                ? new(file, result)
                : throw new JsonException("something is missing.");
        }
        catch (JsonException error)
        {
            throw new NaqConfigurationException($"--compare '{file}' is no result of naq bench -o json: {error.Message}", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new NaqConfigurationException($"--compare '{file}' cannot be read: {error.Message}", error);
        }
    }

    /// <summary>A result beside this one.</summary>
    public BenchDocument Beside(BenchDocument now) => now with
    {
        Earlier = new(_file, _result.Machine, _result.Jobs, _result.Runs, [.. Differences(now)]),
        Figures = [.. now.Figures.Select(figure => Beside(figure))],
    };

    private FigureDocument Beside(FigureDocument now) =>
        _result.Figures.FirstOrDefault(then => (then.Figure, then.Durability) == (now.Figure, now.Durability)) is { } then
            ? now with
            {
                Before = then.Median,
                BeforeRatio = then.Median == 0 ? null : now.Median / then.Median,
                Overlaps = now.Min <= then.Max && then.Min <= now.Max,
            }
            : now;

    private IEnumerable<string> Differences(BenchDocument now)
    {
        (string Member, object? Then, object? Now)[] members =
        [
            ("cores", _result.Machine.Cores, now.Machine.Cores),
            ("cpu", _result.Machine.Cpu, now.Machine.Cpu),
            ("os", _result.Machine.Os, now.Machine.Os),
            ("dotnet", _result.Machine.Dotnet, now.Machine.Dotnet),
            ("sqlite", _result.Machine.Sqlite, now.Machine.Sqlite),
            ("nats_server", _result.Machine.NatsServer, now.Machine.NatsServer),
            ("sync_interval", _result.Machine.SyncInterval, now.Machine.SyncInterval),
            ("file_system", _result.Machine.FileSystem, now.Machine.FileSystem),
            ("jobs", _result.Jobs, now.Jobs),
            ("runs", _result.Runs, now.Runs),
        ];
        return members.Where(static member => !Equals(member.Then, member.Now)).Select(static member => member.Member);
    }
}
