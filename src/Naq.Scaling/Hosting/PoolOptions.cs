using System.Text.Json.Nodes;
using Naq.Scaling.Limiters;
using Naq.Scaling.Policies;
using Naq.Scaling.Pools;

namespace Naq;

/// <summary>A pool: queues and the workers that serve them. As in <c>naq.json</c>, with the same defaults.</summary>
public sealed class PoolOptions
{
    /// <value>The queues. Default: one of the pool's name.</value>
    public IList<string> Queues { get; } = [];

    /// <value>The least workers. Default 1.</value>
    public int? Min { get; set; }

    /// <value>The most workers, 1 to 10,000. Default 10.</value>
    public int? Max { get; set; }

    /// <value>Jobs that one worker runs at once. Default: the number of cores.</value>
    public int? Concurrency { get; set; }

    /// <value>The age at which a worker is replaced. Default: never.</value>
    public TimeSpan? MaxAge { get; set; }

    /// <value>Jobs after which a worker is replaced. Default: never.</value>
    public int? MaxJobs { get; set; }

    /// <value>The resident bytes at which a worker is replaced. Default: no limit.</value>
    public long? MaxMemoryBytes { get; set; }

    /// <value>Who proposes; the highest wins. Default: <see cref="Scale.Latency"/>.</value>
    public IList<ScalingRule> Policies { get; } = [];

    /// <value>Who holds back, in their own fixed order. Default: none but the bounds.</value>
    public IList<ScalingRule> Limiters { get; } = [];

    internal JsonObject ToJson()
    {
        var json = new JsonObject();
        void Add(JsonObject into, string name, JsonNode? value)
        {
            if (value is not null)
            {
                into[name] = value;
            }
        }

        var worker = new JsonObject();
        Add(worker, "Concurrency", Concurrency);
        Add(worker, "Ttl", MaxAge?.TotalSeconds);
        Add(worker, "MaxJobs", MaxJobs);
        Add(worker, "MaxMemory", MaxMemoryBytes);
        Add(json, "Queues", Queues.Count > 0 ? new JsonArray([.. Queues.Select(static queue => (JsonNode)queue)]) : null);
        Add(json, "Min", Min);
        Add(json, "Max", Max);
        Add(json, "Worker", worker.Count > 0 ? worker : null);
        Add(json, "Policies", List(Policies.Where(static rule => rule.Policy is null)));
        Add(json, "Limiters", List(Limiters.Where(static rule => rule.Limiter is null)));
        return json;
    }

    /// <summary>Adds what is wrong with policies and limiters that no configuration can name: what they remember is kept under their names.</summary>
    internal void CheckCustom(string pool, List<string> faults)
    {
        Check(Policies, "policy", KnownNames.Policies.ContainsKey);
        Check(Limiters, "limiter", KnownNames.Limiters.ContainsKey);

        void Check(IList<ScalingRule> rules, string what, Func<string, bool> isNaqs)
        {
            foreach (var name in rules.Where(static rule => rule.Policy is not null || rule.Limiter is not null).Select(static rule => rule.Type))
            {
                if (!Names.IsName(name) || isNaqs(name) || rules.Count(other => other.Type == name) > 1)
                {
                    faults.Add($"AddAutoscaler.Pools.{Printable.Escape(pool)}: the {what} '{Printable.Escape(name)}' of your own needs a name of 1 to 64 letters, digits, '_' or '-' that no other {what} has.");
                }
            }
        }
    }

    /// <summary>The pool with the policies and limiters that no configuration can name.</summary>
    internal PoolConfig WithCustom(PoolConfig pool)
    {
        List<IScalingPolicy> policies = [.. Policies.Select(static rule => rule.Policy).OfType<IScalingPolicy>()];
        return pool with
        {
            Policies = policies.Count == Policies.Count && policies.Count > 0 ? [.. policies] : [.. pool.Policies, .. policies],
            Limiters = [.. pool.Limiters.Concat(Limiters.Select(static rule => rule.Limiter).OfType<ILimiter>()).OrderBy(static limiter => limiter.Order)],
        };
    }

    private static JsonArray? List(IEnumerable<ScalingRule> rules)
    {
        var list = new JsonArray([.. rules.Select(static rule => rule.Settings.DeepClone())]);
        return list.Count > 0 ? list : null;
    }
}
