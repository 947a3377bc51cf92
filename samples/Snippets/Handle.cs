using Naq;

namespace Snippets;

public interface IBlobs
{
    Task<byte[]> ReadAsync(string path, CancellationToken ct);
}

public sealed class Images(IBlobs blobs)
{
    [JobHandler]
    public async Task ResizeAsync(ResizeImage job, CancellationToken ct)
    {
        var bytes = await blobs.ReadAsync(job.Path, ct);
        Console.WriteLine($"{bytes.Length} bytes, to {job.Width} pixels");
    }
}

public static class Accounts
{
    [JobHandler]
    public static JobOutcome Reconcile(Reconcile job, JobContext context, TimeProvider clock) => clock.GetUtcNow().Hour switch
    {
        < 6 => JobOutcome.Snooze(TimeSpan.FromHours(1)),
        _ when context.Attempt > 3 => JobOutcome.Discard($"account {job.AccountId} does not add up"),
        _ => JobOutcome.Done,
    };
}

public sealed class Texts(HttpClient web)
{
    [JobHandler]
    public async Task<int> CountAsync(CountWords job, CancellationToken ct) =>
        (await web.GetStringAsync(job.Url, ct)).Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;
}
