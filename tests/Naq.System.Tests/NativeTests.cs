using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Naq.System.Tests;

/// <summary>A program with jobs as native code: it compiles without a warning, and runs its job. How soon is printed and not judged: that is the machine's, too.</summary>
public sealed partial class NativeTests(ITestOutputHelper output) : IDisposable
{
    private const int Starts = 10;

    private readonly string _folder = Directory.CreateTempSubdirectory("naq-native-").FullName;

    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    private CancellationToken Ct => _patience.Token;

    [Fact]
    public async Task A_native_program_compiles_without_a_warning_and_runs_its_job_once()
    {
        _patience.CancelAfter(TimeSpan.FromMinutes(15));
        var program = await PublishAsync();

        var taken = new List<double>();
        for (var i = 0; i < Starts; i++)
        {
            taken.Add(await RunAsync(program, Path.Combine(_folder, $"run{i}")));
        }

        taken.Sort();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"start of the process to its first job, {Starts} fresh starts: fastest {taken[0]:0.0} ms, median {taken[Starts / 2]:0.0} ms, slowest {taken[^1]:0.0} ms; {new FileInfo(program).Length / 1e6:0.0} MB"));
    }

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        _patience.Dispose();
    }

    /// <summary>Compiles the sample as a reader would his program, and returns its path.</summary>
    private async Task<string> PublishAsync()
    {
        var published = Path.Combine(_folder, "published");
        var start = new ProcessStartInfo(
            "dotnet",
            ["publish", Path.Combine("samples", "Native"), "-c", "Release", "-p:Native=true", "-o", published, "-tl:off", "-nodeReuse:false", "-p:UseSharedCompilation=false"]);
        var (code, said) = await EndAsync(start, DebianTool.Repository());
        Assert.SkipWhen(code != 0 && said.Contains("Platform linker", StringComparison.Ordinal), "neither clang nor gcc is installed here, and ./test could not install clang");

        Assert.True(code == 0, said);
        Assert.DoesNotMatch(Warning(), said); // one of an earlier run has ended that: warnings are errors, and nothing was kept
        Assert.Empty(Directory.GetFiles(published, "*.dll"));
        return Path.Combine(published, OperatingSystem.IsWindows() ? "Native.exe" : "Native");
    }

    /// <summary>Starts the program in a folder of its own, and returns the milliseconds to its job, which runs once.</summary>
    private async Task<double> RunAsync(string program, string folder)
    {
        var start = new ProcessStartInfo(program);
        Directory.CreateDirectory(folder);

        // The monotonic clock of the machine: what this process reads, that one goes on from.
        start.Environment["STARTED_AT"] = TimeProvider.System.GetTimestamp().ToString(CultureInfo.InvariantCulture);
        var (code, said) = await EndAsync(start, folder);

        Assert.True(code == 0, said);
        return double.Parse(Assert.Single(Hello().Matches(said)).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    private async Task<(int Code, string Said)> EndAsync(ProcessStartInfo start, string folder)
    {
        (start.WorkingDirectory, start.RedirectStandardOutput, start.RedirectStandardError) = (folder, true, true);
        using var process = Process.Start(start)!;
        try
        {
            var errors = process.StandardError.ReadToEndAsync(Ct);
            var said = await process.StandardOutput.ReadToEndAsync(Ct);
            await process.WaitForExitAsync(Ct);
            return (process.ExitCode, said + await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    [GeneratedRegex(@"\bwarning\b|\bIL[23]\d{3}\b")]
    private static partial Regex Warning();

    [GeneratedRegex(@"Hello, world! ([\d.]+) ms after the start of the process")]
    private static partial Regex Hello();
}
