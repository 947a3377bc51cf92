using System.Diagnostics;
using System.Globalization;

namespace Naq.Nats.Local;

/// <summary>Finds a nats-server of 2.12 or newer: the one on the path, one fetched before, or Debian's.</summary>
/// <remarks>
/// Debian's is taken by apt without root, from the site that this machine's own sources name, with lists and cache in a temporary folder:
/// nothing of the system's apt is touched, and no host is named here.
/// </remarks>
internal static class NatsBinary
{
    private const string Name = "nats-server";
    private const string Advice = "Install nats-server 2.12 or newer, so that it is on the path.";

    private static readonly Version Oldest = new(2, 12);

    private static string CacheFolder => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
            ? cache
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
        "naq");

    /// <summary>The program's path.</summary>
    /// <exception cref="BrokerUnavailableException">There is none, and none could be fetched.</exception>
    public static async Task<string> FindAsync(CancellationToken ct)
    {
        var cached = Path.Combine(CacheFolder, Name);
        foreach (var candidate in (string[])[Name, cached])
        {
            if (await VersionOfAsync(candidate, ct).ConfigureAwait(false) >= Oldest)
            {
                return candidate;
            }
        }

        await FetchAsync(cached, ct).ConfigureAwait(false);
        return await VersionOfAsync(cached, ct).ConfigureAwait(false) >= Oldest
            ? cached
            : throw new BrokerUnavailableException($"Debian's package is older than {Oldest}. {Advice}");
    }

    /// <summary>The version that a program prints (<c>nats-server: v2.15.1</c>); null: it does not start.</summary>
    private static async Task<Version?> VersionOfAsync(string program, CancellationToken ct)
    {
        try
        {
            var printed = await RunAsync(Path.GetTempPath(), program, ["--version"], ct).ConfigureAwait(false);
            return Version.TryParse(printed[(printed.LastIndexOf('v') + 1)..].Split('-')[0].Trim(), out var version) ? version : null;
        }
        catch (BrokerUnavailableException)
        {
            return null;
        }
    }

    private static async Task FetchAsync(string target, CancellationToken ct)
    {
        var folder = Directory.CreateTempSubdirectory("naq-apt-").FullName;
        try
        {
            var site = await FindSiteAsync(folder, ct).ConfigureAwait(false);
            var list = Path.Combine(folder, "sid.list");
            await File.WriteAllTextAsync(list, $"deb {site} sid main\n", ct).ConfigureAwait(false);
            string[] sid = [.. Private(folder, "sid"), "-o", $"Dir::Etc::SourceList={list}", "-o", "Dir::Etc::SourceParts=/dev/null"];
            _ = await RunAsync(folder, "apt-get", [.. sid, "update"], ct).ConfigureAwait(false);
            _ = await RunAsync(folder, "apt-get", [.. sid, "download", Name], ct).ConfigureAwait(false);
            var unpacked = Path.Combine(folder, "unpacked");
            _ = await RunAsync(folder, "dpkg", ["-x", Directory.GetFiles(folder, "*.deb").Single(), unpacked], ct).ConfigureAwait(false);
            var binary = Path.Combine(unpacked, "usr", "sbin", Name);

            // Moved into place as a whole: another run may fetch at the same time.
            _ = Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            var temporary = string.Create(CultureInfo.InvariantCulture, $"{target}.{Environment.ProcessId}");
            File.Copy(binary, temporary, overwrite: true);
            File.Move(temporary, target, overwrite: true);
        }
        catch (Exception error) when (error is IOException or InvalidOperationException or UnauthorizedAccessException)
        {
            throw new BrokerUnavailableException($"nats-server could not be fetched: {error.Message} {Advice}", error);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The site of Debian's main archive, as this machine's own sources name it.</summary>
    private static async Task<string> FindSiteAsync(string folder, CancellationToken ct)
    {
        var own = Private(folder, "own");
        _ = await RunAsync(folder, "apt-get", [.. own, "update"], ct).ConfigureAwait(false);
        string[] ask = ["indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(SITE)", "Created-By: Packages"];
        var targets = await RunAsync(folder, "apt-get", [.. own, .. ask], ct).ConfigureAwait(false);
        var main = targets.Split('\n').FirstOrDefault(static line => line.StartsWith("Debian|Debian|", StringComparison.Ordinal));
        return main?.Split('|')[2].Trim() ?? throw new BrokerUnavailableException($"This machine's apt has no Debian archive. {Advice}");
    }

    /// <summary>Options that keep apt's state in a folder of its own.</summary>
    private static string[] Private(string folder, string name)
    {
        var (lists, cache) = (Path.Combine(folder, name, "lists"), Path.Combine(folder, name, "cache"));
        _ = Directory.CreateDirectory(Path.Combine(lists, "partial"));
        _ = Directory.CreateDirectory(Path.Combine(cache, "archives", "partial"));
        string[] options = ["-o", $"Dir::State::Lists={lists}", "-o", $"Dir::Cache={cache}", "-o", "Debug::NoLocking=1"];
        return Environment.UserName == "root" ? [.. options, "-o", "APT::Sandbox::User=root"] : options;
    }

    private static async Task<string> RunAsync(string folder, string program, string[] arguments, CancellationToken ct)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(ct), process.StandardError.ReadToEndAsync(ct));
            await process.WaitForExitAsync(ct).ConfigureAwait(false);
            var trouble = (await errors.ConfigureAwait(false)).Trim().ReplaceLineEndings(" ");
            return process.ExitCode == 0
                ? await output.ConfigureAwait(false)
                : throw new BrokerUnavailableException($"'{program} {arguments[^1]}' failed: {trouble} {Advice}");
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new BrokerUnavailableException($"'{program}' does not start: {missing.Message} {Advice}", missing);
        }
    }
}
