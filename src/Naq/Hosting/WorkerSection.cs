using Microsoft.Extensions.Configuration;
using Naq.Brokers;
using Naq.Configuration;

namespace Naq;

/// <summary>The section <c>Naq:Worker</c> of a host's configuration.</summary>
internal static class WorkerSection
{
    /// <summary>Reads the section into <paramref name="options"/>, and the queues that it names; null: none.</summary>
    /// <exception cref="NaqConfigurationException">Something is wrong: one line a fault, all of them.</exception>
    public static IReadOnlyList<QueueSource>? Read(IConfiguration? configuration, WorkerOptions options) =>
        ConfigurationText.Bind<IReadOnlyList<QueueSource>?>(configuration, "Worker", null, node =>
        {
            options.Name = node.String("Name") ?? options.Name;
            options.Concurrency = node.Int("Concurrency", least: 1) ?? options.Concurrency;
            options.DrainTimeout = node.Duration("DrainTimeout") ?? options.DrainTimeout;
            options.MaxAge = node.Duration("MaxAge") ?? options.MaxAge;
            options.MaxJobs = node.Int("MaxJobs", least: 1) ?? options.MaxJobs;
            options.MaxMemoryBytes = node.Size("MaxMemory") ?? options.MaxMemoryBytes;
            options.LogLines = node.Int("LogLines", least: 0) ?? options.LogLines;
            return node.Strings("Queues")?.Select(static queue => new QueueSource(queue)).ToList();
        });
}
