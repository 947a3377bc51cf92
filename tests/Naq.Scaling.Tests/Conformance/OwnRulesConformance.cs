using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Naq.Brokers;
using Naq.Cluster;
using Naq.Conformance.Scaling;
using Naq.Scaling.Limiters;
using Naq.Scaling.Policies;
using Naq.Scaling.Provisioners;
using Naq.Scaling.Tests.Provisioners;

namespace Naq.Scaling.Tests.Conformance;

// What Naq asks of others' policies, limiters and provisioners its own keep, too.
public sealed class LatencyConformance() : OwnPolicy("latency");

public sealed class BacklogConformance() : OwnPolicy("backlog");

public sealed class ThresholdConformance() : OwnPolicy("threshold:up=20,down=5,target=10");

public sealed class PredictiveConformance() : OwnPolicy("predictive");

public sealed class ForecastConformance() : OwnPolicy("forecast");

public sealed class SpikeConformance() : OwnPolicy("spike");

public sealed class BudgetConformance() : OwnPolicy("budget:spare=5");

public sealed class StaticConformance() : OwnPolicy("static:workers=3");

public sealed class HoldConformance() : OwnLimiter(Scale.Hold(TimeSpan.FromMinutes(2)));

public sealed class BandConformance() : OwnLimiter(Scale.Band(percent: 10));

public sealed class QuotaConformance() : OwnLimiter(Scale.Quota(20));

public sealed class MemoryConformance() : OwnLimiter(Scale.Memory(2_000_000_000));

public sealed class BreakerConformance() : OwnLimiter(Scale.Breaker());

public sealed class CostConformance() : OwnLimiter(Scale.Cost(1, 100));

public abstract class OwnPolicy(string text) : PolicyConformance
{
    protected override IScalingPolicy Make() => global::Naq.Scaling.Pools.PolicyText.Read(text, 0.99, TimeSpan.FromSeconds(5));
}

public abstract class OwnLimiter(ScalingRule rule) : LimiterConformance
{
    protected override ILimiter Make()
    {
        var pool = new AutoscalerBuilder().Pool("cpu", pool => pool.Limiters.Add(rule)).Read(null).Pools[0];
        return pool.Limiters.Single(limiter => limiter.Name == rule.Type);
    }
}

public sealed class ChildProcessConformance : ProvisionerConformance
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeProcessTable _table;
    private readonly Broker _broker;

    public ChildProcessConformance()
    {
        _table = new(_time);
        _broker = MemoryBroker.Open(new(), _time);
        Provisioner = new ChildProcessProvisioner(_table, _broker.Cluster, static _ => [], _time, new Random(1), NullLogger<ChildProcessProvisioner>.Instance);
    }

    protected override IProvisioner Provisioner { get; }

    /// <summary>Processes that were asked to end do, the others register.</summary>
    protected override async Task SettleAsync()
    {
        foreach (var process in _table.Started.Where(static process => process.End is null))
        {
            if (process.IsTerminated)
            {
                process.Exit(0);
                continue;
            }

            var worker = A.Worker(process.Replica);
            _ = await _broker.Cluster.PutAsync(WorkerRegistry.Key(worker.Name), worker.ToBytes(), null, null, TestContext.Current.CancellationToken);
        }
    }
}
