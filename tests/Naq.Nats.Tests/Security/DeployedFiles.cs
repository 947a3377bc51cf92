using System.Diagnostics;
using System.Runtime.CompilerServices;
using Naq.Nats.Local;

namespace Naq.Nats.Tests.Security;

/// <summary>The configurations that are given to users, as they stand in the repository.</summary>
public sealed class DeployedFiles
{
    public static string PathOf(string file, [CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "deploy", "nats", file));

    [Theory]
    [InlineData("r1.conf")]
    [InlineData("r3.conf")]
    public async Task The_server_takes_them(string file)
    {
        _ = (await TestContext.Current.GetFixture<NatsServer>())!.Address;
        var ct = TestContext.Current.CancellationToken;
        var folder = Directory.CreateTempSubdirectory("naq-nats-").FullName;
        try
        {
            // With the roles switched on, as a user would.
            var text = await File.ReadAllTextAsync(PathOf(file), ct);
            Assert.Contains("# include permissions.conf", text, StringComparison.Ordinal);
            await File.WriteAllTextAsync(Path.Combine(folder, file), text.Replace("# include permissions.conf", "include permissions.conf", StringComparison.Ordinal), ct);
            File.Copy(PathOf("permissions.conf"), Path.Combine(folder, "permissions.conf"));
            var start = new ProcessStartInfo(await NatsBinary.FindAsync(ct), ["-t", "-c", Path.Combine(folder, file)]) { RedirectStandardError = true };
            foreach (var variable in (string[])["NAQ_NODE", "NAQ_ADMIN_PASSWORD", "NAQ_PRODUCER_PASSWORD", "NAQ_WORKER_PASSWORD", "NAQ_AUTOSCALER_PASSWORD", "NAQ_DASHBOARD_PASSWORD"])
            {
                start.Environment[variable] = $"value-of-{variable}";
            }

            using var server = Process.Start(start)!;
            var said = await server.StandardError.ReadToEndAsync(ct);
            await server.WaitForExitAsync(ct);

            Assert.True(server.ExitCode == 0, said);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
