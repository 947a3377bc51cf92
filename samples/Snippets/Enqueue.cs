using Naq;

namespace Snippets;

public static class Enqueue
{
    public static async Task AllWaysAsync(IJobClient jobs, IEnumerable<string> files, CancellationToken ct)
    {
        var (id, isDuplicate) = await jobs.EnqueueAsync(new ResizeImage("a.png"), ct: ct);

        await jobs.EnqueueAsync(new ResizeImage("b.png", 64), new()
        {
            Priority = JobPriority.High,
            Delay = TimeSpan.FromMinutes(5),
            Retry = RetryPolicy.Exponential(3, first: TimeSpan.FromSeconds(1), cap: TimeSpan.FromMinutes(1)),
            Unique = Unique.By("resize:b.png", TimeSpan.FromHours(1)),
        }, ct);

        var bulk = await jobs.EnqueueManyAsync(files.Select(static file => new ResizeImage(file)), ct: ct);

        Console.WriteLine($"{id} {isDuplicate} {bulk.Accepted}");
    }

    public static async Task ResultsAsync(IJobClient jobs, CancellationToken ct)
    {
        try
        {
            int words = await jobs.RunAsync(new CountWords(new("https://example.org")), wait: TimeSpan.FromMinutes(1), ct: ct);
            Console.WriteLine(words);
        }
        catch (JobFailedException error)
        {
            Console.WriteLine($"{error.Id} ended {error.State}: {error.Message}");
        }
    }

    public static async Task UniqueAsync(IJobClient jobs, CancellationToken ct)
    {
        var first = await jobs.EnqueueAsync(new Reconcile(42), ct: ct);
        var second = await jobs.EnqueueAsync(new Reconcile(42, "again"), ct: ct);

        Console.WriteLine(second.IsDuplicate && second.Id == first.Id); // True
    }
}
