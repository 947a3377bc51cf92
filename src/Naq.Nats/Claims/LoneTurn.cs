using System.Text;
using Naq.Brokers;
using Naq.Nats.Server;

namespace Naq.Nats.Claims;

/// <summary>A feed's turn at jobs that run alone: one feed a queue takes it, empties itself, claims one, and runs nothing beside it.</summary>
internal sealed class LoneTurn(IClusterStore cluster, string worker, Link link)
{
    private string? _queue;
    private long _version;
    private long _renewedAt;
    private volatile bool _isRunning;
    private volatile bool _hasEnded;

    /// <summary>The key of a queue's turn.</summary>
    public static string KeyOf(string queue) => "meta/lone/" + queue;

    /// <summary>Whether this feed has the turn, waiting or running.</summary>
    public bool IsHeld => _queue is not null;

    /// <summary>Whether it waits for the feed to become empty.</summary>
    public bool IsWaiting => IsHeld && !_isRunning;

    public void Began() => _isRunning = true;

    public void Ended() => _hasEnded = true;

    /// <summary>Takes, keeps and gives back the turn. False: nothing else may be claimed now.</summary>
    /// <param name="credits">How many jobs the feed may claim.</param>
    /// <param name="next">The lane of lone jobs to ask; null: none has any.</param>
    /// <param name="unsettled">How many jobs of the feed run.</param>
    /// <param name="askAsync">Asks a lane for one job; 0: there was none.</param>
    /// <param name="ct">Gives up.</param>
    public async ValueTask<bool> MayOthersRunAsync(Func<int> credits, Func<Lane?> next, Func<int> unsettled, Func<Lane, ValueTask<int>> askAsync, CancellationToken ct)
    {
        while (true)
        {
            if (_isRunning && _hasEnded)
            {
                (_isRunning, _hasEnded) = (false, false);
                await GiveBackAsync(ct).ConfigureAwait(false);
            }

            if (_isRunning)
            {
                await RenewAsync(ct).ConfigureAwait(false);
                return false;
            }

            if (credits() == 0 || next() is not { } lane || (_queue is not null && lane.Queue != _queue))
            {
                await GiveBackAsync(ct).ConfigureAwait(false);
                return true;
            }

            if (_queue is null && !await TryTakeAsync(lane.Queue, ct).ConfigureAwait(false))
            {
                // Another feed has it; its hint, or the next look, comes back to the lane.
                (lane.MayHave, lane.MayReturn) = (false, true);
                return true;
            }

            if (unsettled() > 0)
            {
                await RenewAsync(ct).ConfigureAwait(false);
                return false;
            }

            // Nothing there, or somebody stopped the feed meanwhile: then others may run again.
            if (await askAsync(lane).ConfigureAwait(false) == 0)
            {
                lane.MayHave = false;
            }
        }
    }

    private async ValueTask<bool> TryTakeAsync(string queue, CancellationToken ct)
    {
        if (await cluster.PutAsync(KeyOf(queue), Encoding.UTF8.GetBytes(worker), 0, link.Lease, ct).ConfigureAwait(false) is not { } version)
        {
            return false;
        }

        (_queue, _version, _renewedAt) = (queue, version, link.Time.GetTimestamp());
        return true;
    }

    private async ValueTask RenewAsync(CancellationToken ct)
    {
        if (link.Time.GetElapsedTime(_renewedAt) < link.Lease / 3)
        {
            return;
        }

        _renewedAt = link.Time.GetTimestamp();
        if (await cluster.PutAsync(KeyOf(_queue!), Encoding.UTF8.GetBytes(worker), _version, link.Lease, ct).ConfigureAwait(false) is { } version)
        {
            _version = version;
        }
    }

    private async ValueTask GiveBackAsync(CancellationToken ct)
    {
        if (_queue is { } queue)
        {
            _queue = null;
            _ = await cluster.DeleteAsync(KeyOf(queue), _version, ct).ConfigureAwait(false);
        }
    }
}
