namespace Naq.Cli.Benchmarks;

/// <summary>Workers run jobs that were all stored before.</summary>
internal sealed class DrainScenario(string name, Load load, Crew crew) : Scenario(name)
{
    /// <summary>How many are stored, as a multiple of the run's jobs.</summary>
    public int Stored { get; init; } = 1;

    /// <summary>How many of these are timed.</summary>
    public int Timed { get; init; } = 1;

    public override async Task<IReadOnlyList<Sample>> RunAsync(BenchPlace place, CancellationToken ct)
    {
        var broker = await place.OpenAsync(ct).ConfigureAwait(false);
        await using (broker.ConfigureAwait(false))
        {
            var workers = await BenchWorkers.StartAsync(place, broker, load, crew, ct).ConfigureAwait(false);
            await using (workers.ConfigureAwait(false))
            {
                await workers.PauseAsync(true, ct).ConfigureAwait(false);
                await load.EnqueueManyAsync(workers.Client, 0, place.Jobs * Stored, ct).ConfigureAwait(false);

                // Until the worker learns of the pause it may run some of them.
                var jobs = await workers.LeftAsync(ct).ConfigureAwait(false);
                var start = place.Time.GetTimestamp();
                await workers.PauseAsync(false, ct).ConfigureAwait(false);
                var left = await workers.UntilLeftAsync((long)place.Jobs * (Stored - Timed), ct).ConfigureAwait(false);
                return [Beside(place.Rate(Name, jobs - left, start))];
            }
        }
    }
}

/// <summary>Workers run jobs while this process stores them.</summary>
internal sealed class CycleScenario(string name, Load load, Crew crew, int callers = Callers.Bulk) : Scenario(name)
{
    public override async Task<IReadOnlyList<Sample>> RunAsync(BenchPlace place, CancellationToken ct)
    {
        var broker = await place.OpenAsync(ct).ConfigureAwait(false);
        await using (broker.ConfigureAwait(false))
        {
            var workers = await BenchWorkers.StartAsync(place, broker, load, crew, ct).ConfigureAwait(false);
            await using (workers.ConfigureAwait(false))
            {
                var start = place.Time.GetTimestamp();
                await new Callers(workers.Client, load, callers).EnqueueAsync(place.Jobs, ct).ConfigureAwait(false);
                await workers.UntilIdleAsync(ct).ConfigureAwait(false);
                return [Beside(place.Rate(Name, place.Jobs, start))];
            }
        }
    }
}
