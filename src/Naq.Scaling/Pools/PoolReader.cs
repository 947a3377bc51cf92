using System.Collections.Frozen;
using System.Collections.Immutable;
using Naq.Configuration;
using Naq.Scaling.Limiters;
using Naq.Scaling.Policies;
using Naq.Scaling.Policies.Latency;
using Naq.Scaling.Policies.Seasons;

namespace Naq.Scaling.Pools;

/// <summary>Reads one pool, in Naq's own shape or as an entry of the example's SCALING_CONFIG.</summary>
internal static class PoolReader
{
    private const int MostWorkers = 10_000;

    public static PoolConfig Read(string name, SettingsNode node)
    {
        var min = node.Int("Min", least: 0) ?? 1;
        var pool = new PoolConfig
        {
            Name = name,
            Queues = [.. node.Strings("Queues") ?? [name]],
            Min = min,
            Max = node.Int("Max", least: 1) ?? Math.Max(10, min),
            Worker = ReadWorker(node.Object("Worker")),
            Policies = ReadPolicies(node),
            Limiters = ReadLimiters(node),
            Provisioner = ReadProvisioner(node.Object("Provisioner")),
        };
        CheckNames(pool, node);
        CheckBounds(pool, node, "Min", "Max");
        node.Close();
        return pool;
    }

    /// <summary>Reads <c>{min_workers, max_workers, target_queue_depth, scale_up_threshold, scale_down_threshold, scale_step}</c>.</summary>
    public static PoolConfig ReadExample(string name, SettingsNode node)
    {
        var pool = new PoolConfig
        {
            Name = name,
            Queues = [name],
            Min = node.RequiredInt("min_workers", least: 0),
            Max = node.RequiredInt("max_workers", least: 1),
            Policies = [ThresholdPolicy.Read(node, "scale_up_threshold", "scale_down_threshold", "target_queue_depth", "scale_step")],
        };
        CheckNames(pool, node);
        CheckBounds(pool, node, "min_workers", "max_workers");
        node.Close();
        return pool;
    }

    private static WorkerTemplate ReadWorker(SettingsNode? node)
    {
        if (node is null)
        {
            return new();
        }

        var worker = new WorkerTemplate
        {
            Concurrency = node.Int("Concurrency", least: 1) ?? Environment.ProcessorCount,
            Ttl = node.Duration("Ttl"),
            MaxMemoryBytes = node.Size("MaxMemory"),
            MaxJobs = node.Int("MaxJobs", least: 1),
        };
        if (worker.Concurrency > MostWorkers)
        {
            node.Fail("Concurrency", $"({worker.Concurrency}) is above {MostWorkers}.");
        }

        node.Close();
        return worker;
    }

    private static ImmutableArray<IScalingPolicy> ReadPolicies(SettingsNode node)
    {
        var policies = ReadTyped(node, "Policies", KnownNames.Policies);
        return policies.IsEmpty ? [LatencyPolicy.Default] : policies;
    }

    private static ImmutableArray<ILimiter> ReadLimiters(SettingsNode node)
    {
        var limiters = ReadTyped(node, "Limiters", KnownNames.Limiters);
        ImmutableArray<ILimiter> hold = limiters.Any(static l => l is HoldLimiter) ? [] : [new HoldLimiter(null, TimeSpan.Zero)];
        return [.. hold.Concat(limiters).Append(OwnerLimiter.Instance).Append(BoundsLimiter.Instance).OrderBy(static l => l.Order)];
    }

    private static ImmutableArray<T> ReadTyped<T>(SettingsNode node, string list, FrozenDictionary<string, Func<SettingsNode, T>> known)
    {
        var found = ImmutableArray.CreateBuilder<T>();
        var seen = new HashSet<string>();
        foreach (var item in node.List(list))
        {
            var type = item.String("Type") ?? "";
            if (!known.TryGetValue(type, out var read))
            {
                item.Fail("Type", $"'{Printable.Escape(type)}' is not known{SettingsNode.Hint(type, known.Keys)}");
                continue;
            }

            var value = read(item);
            if (!seen.Add(type))
            {
                if (value is SchedulePolicy window)
                {
                    value = (T)(object)(window with { Name = $"{type}_{found.OfType<SchedulePolicy>().Count() + 1}" });
                }
                else
                {
                    item.Fail("Type", $"'{type}' is there twice. Keep one.");
                }
            }

            found.Add(value);
            item.Close();
        }

        return found.ToImmutable();
    }

    private static string ReadProvisioner(SettingsNode? node)
    {
        var type = node?.String("Type") ?? "process";
        if (!KnownNames.Provisioners.Contains(type))
        {
            node?.Fail("Type", $"'{Printable.Escape(type)}' is not known{SettingsNode.Hint(type, KnownNames.Provisioners)}");
        }

        node?.Close();
        return type;
    }

    private static void CheckNames(PoolConfig pool, SettingsNode node)
    {
        if (!Names.IsName(pool.Name))
        {
            node.Add("is not a valid pool name: use 1 to 64 letters, digits, '_' or '-', the first a letter or digit.");
        }

        if (pool.Queues.IsEmpty)
        {
            node.Fail("Queues", "is empty. Name at least one queue.");
        }

        foreach (var queue in pool.Queues.Where(static q => !Names.IsName(q)))
        {
            node.Fail("Queues", $"'{Printable.Escape(queue)}' is not a valid queue name: a pool serves queues by name.");
        }
    }

    private static void CheckBounds(PoolConfig pool, SettingsNode node, string min, string max)
    {
        if (pool.Min > pool.Max)
        {
            node.Fail(min, $"({pool.Min}) is above {max} ({pool.Max}). Set {max} >= {pool.Min} or lower {min}.");
        }

        if (pool.Max > MostWorkers)
        {
            node.Fail(max, $"({pool.Max}) is above {MostWorkers}.");
        }
    }
}
