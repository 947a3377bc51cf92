using Microsoft.Extensions.Configuration;
using Naq.Configuration;
using Naq.Sqlite;

namespace Naq;

/// <summary>The section <c>Naq:Broker:Sqlite</c> of a host's configuration.</summary>
internal static class SqliteSection
{
    /// <exception cref="NaqConfigurationException">Something is wrong, one line a fault, all of them; or nobody says which file.</exception>
    public static SqliteBrokerOptions Read(IConfiguration? configuration, string? path)
    {
        var options = new SqliteBrokerOptions { Path = path ?? "" };
        options = ConfigurationText.Bind(configuration, "Broker:Sqlite", options, node => options with
        {
            Path = node.String("Path") is { } configured && path is null ? configured : options.Path,
            Durability = node.Choice("Durability", options.Durability),
            LeaseDuration = node.Duration("LeaseDuration"),
            MinFreeDiskBytes = node.Size("MinFreeDisk") ?? options.MinFreeDiskBytes,
            KeepFinished = node.Duration("KeepFinished") ?? options.KeepFinished,
            MaxFinished = node.Int("MaxFinished", least: 0) ?? options.MaxFinished,
            KeepDead = node.Duration("KeepDead") ?? options.KeepDead,
            MaxDead = node.Int("MaxDead", least: 0) ?? options.MaxDead,
        });
        return options.Path.Length > 0 ? options : throw new NaqConfigurationException("UseSqlite() knows no file. Say UseSqlite(path), or set Naq:Broker:Sqlite:Path in the configuration.");
    }
}
