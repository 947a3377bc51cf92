/// <summary>What every producer does, here and in the other languages.</summary>
internal static class Producer
{
    private const int Batch = 1000;

    /// <summary><c>enqueue SECONDS JOBS</c>: one by one for that time after a fifth of it to warm up, then in bulk; writes both rates and how many jobs there are now.</summary>
    public static async Task EnqueueAsync(double seconds, int jobs, Func<long, ValueTask> one, Func<int, ValueTask>? bulk)
    {
        var total = 0L;
        foreach (var (share, measured) in ((double, bool)[])[(0.2, false), (1, true)])
        {
            var (start, count, end) = (Meter.Now, 0, Meter.Now + (seconds * share * 1e6));
            for (; Meter.Now < end; count++)
            {
                await one(0);
            }

            total += count;
            if (measured && count > 0)
            {
                Meter.Say(FormattableString.Invariant($"ONE {count * 1e6 / (Meter.Now - start):0.0}"));
            }
        }

        if (bulk is null)
        {
            // Nothing to measure: only so that there is enough to drain.
            await Parallel.ForAsync(0, Math.Max(0, jobs - total), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, _) => await one(0));
            total = Math.Max(total, jobs);
        }
        else if (jobs > Batch)
        {
            await bulk(Batch);
            var (start, left) = (Meter.Now, jobs - Batch);
            for (; left > 0; left -= Batch)
            {
                await bulk(Math.Min(left, Batch));
            }

            Meter.Say(FormattableString.Invariant($"BULK {(jobs - Batch) * 1e6 / (Meter.Now - start):0.0}"));
            total += jobs;
        }

        Meter.Say($"TOTAL {total}");
    }

    /// <summary><c>latency COUNT</c>: one job at a time, 10 to 30 ms apart, after some that warm up.</summary>
    public static async Task LatencyAsync(int count, Func<long, ValueTask> one)
    {
        const int warm = 20;
        var random = new Random(1);
        for (var i = -warm; i < count; i++)
        {
            await Task.Delay(random.Next(10, 31));
            await one(i < 0 ? 0 : Meter.Now);
        }
    }
}
