using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Naq.Brokers;
using Naq.Sqlite.Engine;

namespace Naq.Sqlite.Tests.PowerLoss;

/// <summary>Two sessions on one file that enqueue, claim and settle at once, and a connection that checkpoints in between. Works while its valve is open.</summary>
internal sealed class Plant : IAsyncDisposable
{
    private const int Producers = 6;

    private static readonly string[] Checkpoints = ["PASSIVE", "PASSIVE", "FULL", "RESTART", "TRUNCATE"];

    private readonly Valve _valve;
    private readonly Told _told;
    private readonly List<Broker> _brokers = [];
    private readonly List<IJobFeed> _feeds = [];
    private readonly List<Task> _working = [];
    private readonly Database _other;
    private readonly LossyDisk _disk;
    private volatile bool _isClosing;

    private Plant(LossyDisk disk, Valve valve, Told told, Database other) => (_disk, _valve, _told, _other) = (disk, valve, told, other);

    public static async Task<Plant> OpenAsync(SqliteBrokerOptions options, LossyDisk disk, Valve valve, Told told, Random random, CancellationToken ct)
    {
        var first = await SqliteBroker.OpenAsync(options, TimeProvider.System, NullLoggerFactory.Instance, ct);
        var plant = new Plant(disk, valve, told, Database.Open(options.Path, create: false));
        plant._brokers.Add(first);
        plant._brokers.Add(await SqliteBroker.OpenAsync(options, TimeProvider.System, NullLoggerFactory.Instance, ct));
        foreach (var broker in plant._brokers)
        {
            var feed = await broker.Jobs.OpenFeedAsync(new([new("default")]) { Worker = "w" }, ct);
            plant._feeds.Add(feed);
            plant._working.Add(plant.WorkAsync(broker, feed, new(random.Next())));
            for (var i = 0; i < Producers; i++)
            {
                plant._working.Add(plant.ProduceAsync(broker, new(random.Next())));
            }
        }

        plant._working.Add(plant.CheckpointAsync(new(random.Next())));
        return plant;
    }

    public async ValueTask DisposeAsync()
    {
        _isClosing = true;
        _valve.Open();
        foreach (var feed in _feeds)
        {
            await feed.DisposeAsync();
        }

        await Task.WhenAll(_working);
        _valve.Close();
        _other.Dispose();
        foreach (var broker in _brokers)
        {
            await broker.DisposeAsync();
        }
    }

    private async Task ProduceAsync(Broker broker, Random random)
    {
        while (await _valve.PassAsync() && !_isClosing)
        {
            var jobs = new NewJob[random.Next(3) > 0 ? 1 : random.Next(2, 20)];
            for (var i = 0; i < jobs.Length; i++)
            {
                var now = TimeProvider.System.GetUtcNow();
                jobs[i] = new(JobId.New(TimeProvider.System), "test.job", "default", JobPriority.Normal, new byte[random.Next(2, 3000)], JobSettings.Default)
                {
                    EnqueuedAt = now,
                    RunAt = random.Next(10) == 0 ? now.AddHours(1) : null,
                };
            }

            // As a client does whose answer was lost: again, with the same ids.
            while (!await TryAsync(() => broker.Jobs.EnqueueAsync(jobs, CancellationToken.None)))
            {
                if (_isClosing)
                {
                    return;
                }
            }

            foreach (var job in jobs)
            {
                _told.Enqueued(job.Id);
            }
        }
    }

    private async Task WorkAsync(Broker broker, IJobFeed feed, Random random)
    {
        var buffer = new ClaimedJob[32];
        feed.Grant(buffer.Length);
        while (await feed.ReadAsync(buffer, CancellationToken.None) is > 0 and var count)
        {
            _ = await _valve.PassAsync();
            var settlements = buffer[..count].Select(job => Settle(job.Lease, random)).ToArray();
            IReadOnlyList<SettleResult> answers = [];
            while (!await TryAsync(async () => answers = await broker.Jobs.SettleAsync(settlements, CancellationToken.None)))
            {
                if (_isClosing)
                {
                    return;
                }
            }

            for (var i = 0; i < count; i++)
            {
                if (answers[i] == SettleResult.Settled && settlements[i].Kind == SettleKind.Succeed)
                {
                    _told.Succeeded(buffer[i].Id);
                }
            }

            if (!_isClosing)
            {
                feed.Grant(count);
            }
        }
    }

    private static Settlement Settle(Lease lease, Random random) => random.Next(10) switch
    {
        < 7 => new(lease, SettleKind.Succeed) { Result = new byte[random.Next(100)] },
        7 => new(lease, SettleKind.Dead) { Reason = "attempts" },
        8 => new(lease, SettleKind.Retry) { Reason = "boom", DueAt = TimeProvider.System.GetUtcNow().AddHours(1) },
        _ => new(lease, SettleKind.HandBack),
    };

    private async Task CheckpointAsync(Random random)
    {
        while (await _valve.PassAsync() && !_isClosing)
        {
            try
            {
                _ = _other.Scalar($"PRAGMA wal_checkpoint({Checkpoints[random.Next(Checkpoints.Length)]})");
            }
            catch (SqliteFault)
            {
                // Its own handle learns of a sync that failed: it waits until the log is whole, as the elected checkpointer does.
                while (!_disk.IsWhole && !_isClosing)
                {
                    await Task.Yield();
                }
            }

            for (var pauses = random.Next(200); pauses > 0; pauses--)
            {
                await Task.Yield();
            }
        }
    }

    private static async Task<bool> TryAsync<T>(Func<ValueTask<T>> call)
    {
        try
        {
            _ = await call();
            return true;
        }
        catch (Exception error) when (error is BrokerUnavailableException or EnqueueOutcomeUnknownException)
        {
            await Task.Yield();
            return false;
        }
    }
}

/// <summary>Lets callers through while it is open.</summary>
internal sealed class Valve
{
    private TaskCompletionSource<bool> _passing = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task<bool> PassAsync()
    {
        // Always somewhere else: a caller that is let through at once must not keep its thread for ever.
        await Task.Yield();
        return await Volatile.Read(ref _passing).Task;
    }

    public void Open() => _ = _passing.TrySetResult(true);

    public void Close()
    {
        if (_passing.Task.IsCompleted)
        {
            Volatile.Write(ref _passing, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }
    }
}

/// <summary>What callers were told.</summary>
internal sealed class Told(Action moment)
{
    private readonly ConcurrentQueue<Guid> _enqueued = new();
    private readonly ConcurrentQueue<Guid> _succeeded = new();

    public void Enqueued(JobId id) => Tell(_enqueued, id);

    public void Succeeded(JobId id) => Tell(_succeeded, id);

    public Acknowledged Now() => new([.. _enqueued], [.. _succeeded]);

    private void Tell(ConcurrentQueue<Guid> list, JobId id)
    {
        list.Enqueue(id.Value);
        moment();
    }
}
