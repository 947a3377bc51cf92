using Microsoft.Extensions.Logging;
using Naq.Brokers;
using Naq.Scaling.Decisions;
using Naq.Scaling.Forecasting;
using Naq.Scaling.Limiters;
using Naq.Scaling.Observation;
using Naq.Scaling.Policies.Latency;
using Naq.Scaling.Pools;
using Naq.Scaling.Provisioners;

namespace Naq.Scaling;

/// <summary>Scales one pool while its process leads: observe → propose → limit → apply → record. One caller.</summary>
/// <remarks>A1: the desired number is written under the leader's epoch before anything is done about it; refused, nothing is done.</remarks>
internal sealed partial class PoolScaler(PoolConfig config, Broker broker, IProvisioner provisioner, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan MostSilence = TimeSpan.FromMinutes(1);

    private readonly PoolObserver _observer = new(
        config.Name, config.Queues, broker.Jobs, broker.Cluster, config.Policies.OfType<LatencyPolicy>().FirstOrDefault()?.Within.TotalSeconds);

    private readonly DecisionLog _log = new(broker.Cluster);
    private readonly PoolHistory _history = new(broker.Cluster, config.Name);
    private PoolState _state = PoolState.Empty;
    private PoolTarget? _target;
    private Decision? _recorded;
    private long _number;
    private long _loadedAt;
    private double _loadedTime;
    private string? _unknown;
    private long _backlog;

    /// <summary>The pool's name.</summary>
    public string Name => config.Name;

    public IReadOnlyList<string> Queues => config.Queues;

    /// <summary>Says whether a configuration is the one that this pool runs on.</summary>
    public bool IsSame(PoolConfig other) => config.Text is { } text && text == other.Text && config.Interval == other.Interval && Name == other.Name;

    /// <summary>Slots in force, at least one: by these pools divide the queues that several of them serve.</summary>
    public int Slots => Math.Max(1, Desired * config.Worker.Concurrency);

    /// <summary>Workers in force.</summary>
    public int Desired => _state.Desired ?? config.Min;

    /// <summary>The other pools of this autoscaler.</summary>
    public IReadOnlyList<PoolScaler> Others { get; set; } = [];

    private string? Quota => config.Limiters.OfType<QuotaLimiter>().FirstOrDefault()?.Shared;

    /// <summary>Takes over what the last leader remembered. Called when the lead was won.</summary>
    public async ValueTask LoadAsync(CancellationToken ct)
    {
        _state = await _log.LastStateAsync(Name, ct).ConfigureAwait(false);
        _number = (await _log.NewestAsync(Name, 1, ct).ConfigureAwait(false)) is [var newest] ? newest.Number : 0;
        await _history.LoadAsync(Epoch(), ct).ConfigureAwait(false);
        (_target, _recorded, _loadedAt, _loadedTime) = (null, null, time.GetTimestamp(), _state.At);
    }

    /// <summary>Decides once and acts; null: it could not, as nothing is known yet or a later leader has decided.</summary>
    public async ValueTask<Decision?> TickAsync(long epoch, CancellationToken ct)
    {
        var orders = await PoolOverride.ReadAsync(broker.Cluster, Name, ct).ConfigureAwait(false);
        var pool = config.Under(orders);
        _observer.ShareOf = queue => (double)Slots / (Slots + Others.Where(o => o.Queues.Contains(queue)).Sum(static o => o.Slots));
        var observation = await _observer.ObserveAsync(Now(), token => provisioner.ObserveAsync(pool, token), ct).ConfigureAwait(false);
        observation = observation with
        {
            Epoch = Epoch(),
            OthersInQuota = Quota is { } quota ? Others.Where(o => o.Quota == quota).Sum(static o => o.Desired) : 0,
        };
        if (observation.Load.Value is { } load)
        {
            _history.Look(observation.Epoch, load.ArrivedTotal);
        }

        NoteGaps(observation);
        if (_state.Desired is null && !observation.Fleet.IsKnown)
        {
            return null;
        }

        var (decision, state) = ScalingEngine.Decide(pool, observation, _history.Arrivals, _state);
        decision = decision with { Number = _number + 1, Epoch = epoch, DecidedAt = time.GetUtcNow(), Override = orders };
        if (!await TrySetTargetAsync(decision, ct).ConfigureAwait(false))
        {
            LogStale(Name, epoch);
            return null;
        }

        _state = state;
        await RecordAsync(decision, ct).ConfigureAwait(false);
        await _history.SaveAsync(observation.Epoch, ct).ConfigureAwait(false);
        if (observation.Fleet.IsKnown)
        {
            await provisioner.ApplyAsync(pool, decision.To, [.. decision.Victims, .. Victims.Order(_observer.Workers)], ct).ConfigureAwait(false);
        }

        return decision;
    }

    /// <summary>The pool is not configured any more: its workers finish what they run, and leave.</summary>
    public async ValueTask RetireAsync(CancellationToken ct) => await provisioner.ApplyAsync(config, 0, [], ct).ConfigureAwait(false);

    /// <summary>Says whether more jobs came since the last decision than the slots in force can take: no reason to wait for the next.</summary>
    public bool IsBurst(IReadOnlyList<QueueCounts> counts)
    {
        var backlog = QueueSums.Of([.. counts.Where(c => config.Queues.Contains(c.Queue))]).Backlog;
        var slots = (_state.Desired ?? config.Min) * config.Worker.Concurrency;
        return backlog - _backlog > Math.Max(1, slots) || (slots == 0 && backlog > 0);
    }

    private double Epoch() => time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;

    private double Now() => _loadedTime + time.GetElapsedTime(_loadedAt).TotalSeconds;

    private async ValueTask<bool> TrySetTargetAsync(Decision decision, CancellationToken ct)
    {
        if (_target is { } target && target.Desired == decision.To && target.Epoch == decision.Epoch)
        {
            return true;
        }

        var next = new PoolTarget(decision.Epoch, decision.To, decision.Number);
        var isWritten = await next.TryWriteAsync(broker.Cluster, Name, ct).ConfigureAwait(false);
        _target = isWritten ? next : _target;
        return isWritten;
    }

    private async ValueTask RecordAsync(Decision decision, CancellationToken ct)
    {
        _backlog = decision.Observation.Load.Value?.Backlog ?? _backlog;
        var isNews = _recorded is null || decision.IsChange || !decision.Reasons.SequenceEqual(_recorded.Reasons)
            || decision.Observation.At - _recorded.Observation.At >= MostSilence.TotalSeconds;
        if (!isNews)
        {
            return;
        }

        var wasAlert = _recorded is { IsAlert: true };
        await _log.RecordAsync(decision, _state, ct).ConfigureAwait(false);
        (_recorded, _number) = (decision, decision.Number);
        if (decision.IsAlert && !wasAlert)
        {
            LogAlert(Name, DecisionText.Explain(decision));
        }
        else if (decision.IsChange)
        {
            LogDecision(Name, DecisionText.Explain(decision));
        }
    }

    private void NoteGaps(PoolObservation observation)
    {
        var unknown = observation.Load.Reason ?? observation.Fleet.Reason;
        if (unknown is not null && _unknown is null)
        {
            LogUnknown(Name, unknown);
        }
        else if (unknown is null && _unknown is not null)
        {
            LogKnownAgain(Name);
        }

        _unknown = unknown;
    }
}
