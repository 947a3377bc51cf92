using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Naq.Brokers;

namespace Naq.Workers;

/// <summary>Collects the ends of attempts and settles them in batches: whatever gathered while one batch was written goes into the next.</summary>
/// <param name="store">Where they are settled.</param>
/// <param name="leases">Knows which of them are still this worker's.</param>
/// <param name="mostHeld">
/// So many jobs the worker may hold. At most half of them go into one write, so that while it is on its way the slots have the other half to run: with all
/// in one write, slots and writer would take turns.
/// </param>
/// <param name="time">The clock of its tries.</param>
/// <param name="log">Where troubles are told.</param>
internal sealed partial class Settler(IJobStore store, LeaseKeeper leases, int mostHeld, TimeProvider time, ILogger log)
{
    private const int LargestBatch = 500;
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(2);

    private readonly Channel<(Held Held, Settlement Settlement)> _ends =
        Channel.CreateUnbounded<(Held, Settlement)>(new() { SingleReader = true });

    private readonly int _batchSize = Math.Clamp(mostHeld / 2, 1, LargestBatch);
    private int _handedBack;
    private bool _isInTrouble;

    /// <summary>Jobs that were given to be handed back.</summary>
    public int HandedBack => Volatile.Read(ref _handedBack);

    /// <summary>Settlements that came too late: the lease was over.</summary>
    public long TooLate { get; private set; }

    /// <summary>
    /// Ends a claim, once: the first end of it is settled (null: dropped), later ones are nothing. What is unsettled is bounded by the credits, so the channel
    /// needs no bound of its own.
    /// </summary>
    public void End(Held held, in Settlement? end)
    {
        // Ended and handed over as one: whoever finds a claim ended may complete the settler and lose nothing.
        lock (leases.Lock)
        {
            if (!held.TryEnd())
            {
                return;
            }

            if (end is not { } settlement)
            {
                leases.Remove(held);
                return;
            }

            _handedBack += settlement.Kind == SettleKind.HandBack ? 1 : 0;
            var isTaken = _ends.Writer.TryWrite((held, settlement));
            Debug.Assert(isTaken, "A claim ended after the settler was completed.");
        }
    }

    /// <summary>No more ends come; <see cref="RunAsync"/> returns when all are settled.</summary>
    public void Complete() => _ = _ends.Writer.TryComplete();

    /// <param name="settling">Called with the size of each batch once it was sent, before the answer: slots are free, so claim for them in the same write.</param>
    public async Task RunAsync(Action<int> settling)
    {
        var batch = new Batch(_batchSize);
        while (await _ends.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            batch.Clear();
            while (batch.Count < _batchSize && _ends.Reader.TryRead(out var end))
            {
                batch.Add(end.Held, end.Settlement);
            }

            var count = batch.Count;
            var isFirst = true;
            for (var retry = FirstRetry; batch.Count > 0; retry = TimeSpan.FromTicks(Math.Min(retry.Ticks * 2, LongestRetry.Ticks)))
            {
                var isSettled = SettleAsync(batch);
                if (isFirst)
                {
                    settling(count);
                    isFirst = false;
                }

                if (!await isSettled.ConfigureAwait(false))
                {
                    await Task.Delay(retry, time, CancellationToken.None).ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>Tries a batch once. What was answered, or is past its lease, leaves the batch.</summary>
    private async Task<bool> SettleAsync(Batch batch)
    {
        for (var i = batch.Count - 1; i >= 0; i--)
        {
            if (!leases.IsAlive(batch.Held[i]))
            {
                TooLate++;
                leases.Remove(batch.Held[i]);
                batch.RemoveAt(i);
            }
        }

        try
        {
            var answers = await store.SettleAsync(batch.Settlements, CancellationToken.None).ConfigureAwait(false);
            for (var i = 0; i < batch.Count; i++)
            {
                leases.Remove(batch.Held[i]);
                TooLate += answers[i] == SettleResult.LeaseLost ? 1 : 0;
            }

            batch.Clear();
            Recovered();
            return true;
        }
        catch (NaqException error)
        {
            Troubled(error);
            return false;
        }
    }

    private void Troubled(Exception error)
    {
        if (!_isInTrouble)
        {
            _isInTrouble = true;
            LogCannotSettle(error);
        }
    }

    private void Recovered()
    {
        if (_isInTrouble)
        {
            _isInTrouble = false;
            LogSettlesAgain();
        }
    }

    [LoggerMessage(1010, LogLevel.Warning, "Finished jobs cannot be settled now; trying again until their leases end")]
    private partial void LogCannotSettle(Exception error);

    [LoggerMessage(1011, LogLevel.Information, "Finished jobs are settled again")]
    private partial void LogSettlesAgain();

    /// <summary>What goes into one write; filled again for the next.</summary>
    private sealed class Batch(int size)
    {
        public List<Held> Held { get; } = new(size);

        public List<Settlement> Settlements { get; } = new(size);

        public int Count => Held.Count;

        public void Add(Held held, in Settlement settlement)
        {
            Held.Add(held);
            Settlements.Add(settlement);
        }

        public void RemoveAt(int index)
        {
            Held.RemoveAt(index);
            Settlements.RemoveAt(index);
        }

        public void Clear()
        {
            Held.Clear();
            Settlements.Clear();
        }
    }
}
