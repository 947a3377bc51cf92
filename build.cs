#:property RestorePackagesWithLockFile=false
#:property NoWarn=$(NoWarn);CS1591;CA1852
#:property PublishAot=false
using System.Diagnostics;

// The fast loop of people and CI: `dotnet run build.cs -- check`.
string[] fastTests = ["Naq.Tests", "Naq.Generators.Tests", "Naq.Scaling.Tests", "Naq.Cli.Tests", "Naq.Api.Tests"];
string[] quiet = ["-v", "quiet", "-tl:off"];

return args switch
{
    ["check"] => Run("format", "dotnet", ["format", "whitespace", "Naq.slnx", "--verify-no-changes", "--no-restore"], needs: Build())
        is 0 ? Test() : 1,
    ["build"] => Build(),
    ["test"] => Build() is 0 ? Test() : 1,
    _ => Usage(),
};

int Build() => Run("build", "dotnet", ["build", "Naq.slnx", "-c", "Release", .. quiet]);

int Test() => fastTests.Count(static name => Run(name, $"artifacts/bin/{name}/release/{name}", ["-noLogo", "-trait-", "Kind=System"]) != 0);

static int Run(string step, string program, string[] arguments, int needs = 0)
{
    if (needs != 0)
    {
        return needs;
    }

    var start = TimeProvider.System.GetTimestamp();
    using var process = Process.Start(program, arguments);
    process.WaitForExit();
    Console.WriteLine($"{step}: {(process.ExitCode == 0 ? "ok" : "FAILED")} in {TimeProvider.System.GetElapsedTime(start).TotalSeconds:0.0} s");
    return process.ExitCode;
}

static int Usage()
{
    Console.Error.WriteLine("usage: dotnet run build.cs -- check|build|test");
    return 2;
}
