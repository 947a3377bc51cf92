using Microsoft.Extensions.Logging;
using Naq.Brokers;
using Naq.Cluster;
using Naq.Scaling.Decisions;
using Naq.Scaling.Pools;
using Naq.Scaling.Provisioners;

namespace Naq.Scaling;

/// <summary>Keeps every pool at the fewest workers that meet its goal, while its process leads. One loop.</summary>
internal sealed partial class Autoscaler
{
    /// <summary>The name that autoscalers are elected under.</summary>
    public const string Election = "autoscaler";

    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    private TimeSpan _interval;
    private readonly Leader _leader;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Broker _broker;
    private readonly IReadOnlyList<IProvisioner> _provisioners;
    private readonly ScalingMetrics _metrics = new(null);
    private List<PoolScaler> _pools;
    private BurstWatch _bursts;
    private ScalingConfig? _next;
    private long _loadedEpoch;
    private long? _campaignedAt;
    private long? _tickedAt;
    private bool _isFailing;

    /// <param name="config">The pools, and how often to decide.</param>
    /// <param name="broker">Where the queues are, and leader, registry, targets and decisions.</param>
    /// <param name="provisioners">Who runs workers; each pool names one.</param>
    /// <param name="leader">This process's candidacy.</param>
    /// <param name="time">All time.</param>
    /// <param name="logger">Hears of changes.</param>
    /// <exception cref="NaqConfigurationException">A pool names a provisioner that is not among <paramref name="provisioners"/>.</exception>
    public Autoscaler(
        ScalingConfig config,
        Broker broker,
        IReadOnlyList<IProvisioner> provisioners,
        Leader leader,
        TimeProvider time,
        ILogger<Autoscaler> logger)
    {
        (_interval, _leader, _time, _logger, _broker, _provisioners) = (config.Interval, leader, time, logger, broker, provisioners);
        _pools = [.. config.Pools.Select(MakePool)];
        _bursts = Introduce();
    }

    /// <summary>Called after each decision, on the loop: must be quick and must not throw.</summary>
    public Action<Decision>? Decided { get; init; }

    /// <summary>Puts another configuration in force at the next step. Safe from anywhere.</summary>
    /// <remarks>A pool that is as before goes on undisturbed, a changed one remembers what it knew, and one that is gone drains.</remarks>
    /// <exception cref="NaqConfigurationException">A pool names a provisioner that is not there; nothing changes.</exception>
    public void Reload(ScalingConfig config)
    {
        foreach (var pool in config.Pools)
        {
            _ = Find(_provisioners, pool);
        }

        Volatile.Write(ref _next, config);
    }

    /// <summary>Decides, on the interval and on bursts, until cancelled; then gives the lead up. Workers go on.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await StepAsync(ct).ConfigureAwait(false);
                _isFailing = false;
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                NoteFailure(e);
                await PauseAsync(AfterFailure, ct).ConfigureAwait(false);
            }
        }

        await ResignAsync().ConfigureAwait(false);
    }

    private async ValueTask StepAsync(CancellationToken ct)
    {
        if (!await LeadAsync(ct).ConfigureAwait(false))
        {
            await PauseAsync(Left(_campaignedAt, _leader.Interval), ct).ConfigureAwait(false);
            return;
        }

        if (Interlocked.Exchange(ref _next, null) is { } next)
        {
            await ReplaceAsync(next, ct).ConfigureAwait(false);
        }

        if (Left(_tickedAt, _interval) <= TimeSpan.Zero)
        {
            await TickAsync(ct).ConfigureAwait(false);
        }

        var (tick, campaign) = (Left(_tickedAt, _interval), Left(_campaignedAt, _leader.Interval));
        if (await _bursts.WaitAsync(tick < campaign ? tick : campaign, ct).ConfigureAwait(false))
        {
            _tickedAt = null;
        }
    }

    private async ValueTask<bool> LeadAsync(CancellationToken ct)
    {
        if (Left(_campaignedAt, _leader.Interval) <= TimeSpan.Zero)
        {
            _campaignedAt = _time.GetTimestamp();
            _ = await _leader.CampaignAsync(ct).ConfigureAwait(false);
        }

        if (!_leader.IsLeader)
        {
            return false;
        }

        if (_loadedEpoch != _leader.Epoch)
        {
            foreach (var pool in _pools)
            {
                await pool.LoadAsync(ct).ConfigureAwait(false);
            }

            (_loadedEpoch, _tickedAt) = (_leader.Epoch, null);
            LogLeads(_loadedEpoch);
        }

        return true;
    }

    private async ValueTask ReplaceAsync(ScalingConfig config, CancellationToken ct)
    {
        var kept = new List<PoolScaler>();
        foreach (var pool in config.Pools)
        {
            var same = _pools.Find(p => p.IsSame(pool));
            kept.Add(same ?? MakePool(pool));
            if (same is null)
            {
                await kept[^1].LoadAsync(ct).ConfigureAwait(false);
            }
        }

        foreach (var gone in _pools.Where(p => kept.TrueForAll(k => k.Name != p.Name)))
        {
            await gone.RetireAsync(ct).ConfigureAwait(false);
        }

        (_pools, _interval, _tickedAt) = (kept, config.Interval, null);
        _bursts = Introduce();
        LogReloaded(kept.Count);
    }

    private PoolScaler MakePool(PoolConfig pool) => new(pool, _broker, Find(_provisioners, pool), _time, _logger);

    private BurstWatch Introduce()
    {
        _pools.ForEach(pool => pool.Others = [.. _pools.Where(other => other != pool)]);
        return new(_pools, _broker.Jobs, _time);
    }

    private async ValueTask TickAsync(CancellationToken ct)
    {
        _tickedAt = _time.GetTimestamp();
        foreach (var pool in _pools)
        {
            // A pool that takes long must not let this leader act for the next one past its lease.
            if (_leader.IsLeader && await pool.TickAsync(_loadedEpoch, ct).ConfigureAwait(false) is { } decision)
            {
                _metrics.Decided(decision);
                Decided?.Invoke(decision);
            }
        }
    }

    private async ValueTask ResignAsync()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(2), _time);
        try
        {
            await _leader.ResignAsync(soon.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or NaqException)
        {
            // The lease ends by itself.
        }
    }

    private async ValueTask PauseAsync(TimeSpan pause, CancellationToken ct) =>
        await Task.Delay(pause > TimeSpan.Zero ? pause : TimeSpan.Zero, _time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private void NoteFailure(Exception e)
    {
        if (!_isFailing)
        {
            LogFailed(e);
        }

        _isFailing = true;
    }

    private TimeSpan Left(long? since, TimeSpan period) =>
        since is { } stamp ? period - _time.GetElapsedTime(stamp) : TimeSpan.Zero;

    private static IProvisioner Find(IReadOnlyList<IProvisioner> provisioners, PoolConfig pool) =>
        provisioners.FirstOrDefault(p => p.Name == pool.Provisioner) ?? throw new NaqConfigurationException(
            $"Pool '{pool.Name}': provisioner '{pool.Provisioner}' is not there. "
            + $"Known: {string.Join(", ", provisioners.Select(static p => p.Name))}.");
}
