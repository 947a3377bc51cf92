using Naq.Brokers;

namespace Naq.Workers;

/// <summary>What a worker's options must obey; everything that is wrong is said at once.</summary>
internal static class WorkerOptionsRules
{
    public static void Require(WorkerOptions options, IReadOnlyList<QueueSource> queues)
    {
        var faults = new List<string>();
        void Check(bool isGood, string fault)
        {
            if (!isGood)
            {
                faults.Add(fault);
            }
        }

        Check(options.Concurrency is >= 1 and <= 10_000, $"concurrency {options.Concurrency} is not within 1 to 10000.");
        Check(options.DrainTimeout >= TimeSpan.Zero && options.DrainTimeout <= TimeSpan.FromDays(1), $"drain timeout {options.DrainTimeout} is not within 0 and 1 day.");
        Check(options.MaxAge is null || options.MaxAge > TimeSpan.Zero, $"worker time to live {options.MaxAge} is not above 0.");
        Check(options.MaxJobs is null or > 0, $"maximum of jobs {options.MaxJobs} is not above 0.");
        Check(options.MaxMemoryBytes is null or > 0, $"maximum memory {options.MaxMemoryBytes} is not above 0.");
        Check(options.LogLines is >= 0 and <= 200, $"{options.LogLines} log lines are not within 0 to 200.");
        Check(options.PoolMax is null or > 0, $"pool maximum {options.PoolMax} is not above 0.");
        Check(options.Name is null || Names.IsName(options.Name), $"worker name '{Printable.Escape(options.Name)}' is not valid.");
        Check(options.Pool is null || Names.IsName(options.Pool), $"pool name '{Printable.Escape(options.Pool)}' is not valid.");
        Check(queues.Count > 0, "no queue is named: name at least one.");
        foreach (var queue in queues)
        {
            Check(Names.IsName(queue.NameOrPattern) || Names.IsPattern(queue.NameOrPattern), $"queue '{Printable.Escape(queue.NameOrPattern)}' is not a name, nor one with a final '*'.");
            Check(queue.Weight is null or (>= 1 and <= 1000), $"weight {queue.Weight} of queue '{Printable.Escape(queue.NameOrPattern)}' is not within 1 to 1000.");
        }

        if (faults.Count > 0)
        {
            throw new NaqConfigurationException(string.Join('\n', faults));
        }
    }
}
