using Naq.Cli.BuiltIns;

namespace Naq.Cli.Benchmarks;

/// <summary>What a worker process costs that has nothing to do and is alone with its broker; a server of its own is looked at too. Linux only: elsewhere there are no figures.</summary>
internal sealed class IdleScenario() : Scenario("idle")
{
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(2);

    public override async Task<IReadOnlyList<Sample>> RunAsync(BenchPlace place, CancellationToken ct)
    {
        if (!OperatingSystem.IsLinux())
        {
            return [];
        }

        var child = ChildProcess.Worker(place, withLedger: false);
        await using (child.ConfigureAwait(false))
        {
            await RunOneJobAsync(place, ct).ConfigureAwait(false);
            await Task.Delay(Settling, place.Time, ct).ConfigureAwait(false);
            var (start, before, server) = (place.Time.GetTimestamp(), ProcessUse.Of(child.Pid), ServerUse(place));
            await Task.Delay(TimeSpan.FromSeconds(Math.Clamp(place.Jobs / 1000.0, 1, 10)), place.Time, ct).ConfigureAwait(false);
            var (seconds, after) = (place.Time.GetElapsedTime(start).TotalSeconds, ProcessUse.Of(child.Pid));
            IReadOnlyList<Sample> worker =
            [
                Cpu("idle_cpu", place, before, after, seconds),
                new("idle_memory", place.Durability, FigureUnit.Megabytes, after.ResidentBytes / 1e6),
                new("idle_reads", place.Durability, FigureUnit.CallsPerSecond, (after.ReadCalls - before.ReadCalls) / seconds),
                new("idle_writes", place.Durability, FigureUnit.CallsPerSecond, (after.WriteCalls - before.WriteCalls) / seconds),
            ];
            return server is not null && ServerUse(place) is { } now
                ? [.. worker, Cpu("idle_server_cpu", place, server, now, seconds), new("idle_server_memory", place.Durability, FigureUnit.Megabytes, now.ResidentBytes / 1e6)]
                : worker;
        }
    }

    private static ProcessUse? ServerUse(BenchPlace place) => place.ServerPid is { } pid ? ProcessUse.Of(pid) : null;

    private static Sample Cpu(string figure, BenchPlace place, ProcessUse before, ProcessUse after, double seconds) =>
        new(figure, place.Durability, FigureUnit.PercentOfCore, 100 * (after.CpuSeconds - before.CpuSeconds) / seconds);

    private static async Task RunOneJobAsync(BenchPlace place, CancellationToken ct)
    {
        var broker = await place.OpenAsync(ct).ConfigureAwait(false);
        await using (broker.ConfigureAwait(false))
        {
            var client = new JobClient(broker, place.Time);
            var job = await client.EnqueueAsync(new NoOp(), BenchPlace.ToQueue, ct).ConfigureAwait(false);
            _ = await client.WaitAsync(job.Id, StartScenario.Patience, ct).ConfigureAwait(false)
                ?? throw new TimeoutException("the worker did not run its first job.");
        }
    }
}
