using System.Diagnostics;

namespace Naq.Package.Tests;

/// <summary>What a program printed, and its exit code.</summary>
internal sealed record Ran(int Code, string Output)
{
    /// <summary>Fails the test, with all that was printed, unless it ended well.</summary>
    public Ran Require()
    {
        Assert.True(Code == 0, $"exit code {Code}:\n{Output}");
        return this;
    }
}

/// <summary>Runs programs to their end.</summary>
internal static class Programs
{
    public static async Task<Ran> RunAsync(string folder, string program, string[] arguments, CancellationToken ct)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in start.Environment.Keys.Where(static key => key.StartsWith("NAQ_", StringComparison.Ordinal)).ToList())
        {
            _ = start.Environment.Remove(name);
        }

        // Nothing of the build stays behind.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        using var process = Process.Start(start)!;
        try
        {
            var errors = process.StandardError.ReadToEndAsync(ct);
            var output = await process.StandardOutput.ReadToEndAsync(ct);
            await process.WaitForExitAsync(ct);
            return new(process.ExitCode, output + await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    /// <summary>Runs the SDK, without a compiler that stays.</summary>
    public static Task<Ran> DotnetAsync(string folder, string[] arguments, CancellationToken ct) => RunAsync(folder, "dotnet", arguments, ct);
}
