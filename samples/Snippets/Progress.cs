using System.Text.Json.Serialization;
using Naq;

namespace Snippets;

[Job("files.import", Timeout = "06:00:00")]
public sealed partial record ImportFile(string Path);

public sealed class Imports(IRowStore rows)
{
    [JobHandler]
    public async Task ImportAsync(ImportFile job, JobContext context, CancellationToken ct)
    {
        var lines = await File.ReadAllLinesAsync(job.Path, ct);
        var next = context.TryResume(ImportJson.Default.Int32, out var done) ? done : 0;
        for (; next < lines.Length; next += 1000)
        {
            await rows.StoreAsync(lines.Skip(next).Take(1000), ct);
            await context.CheckpointAsync(next + 1000, ImportJson.Default.Int32, ct);
            await context.ReportAsync((double)next / lines.Length, $"{next} rows stored", ct);
        }
    }
}

public interface IRowStore
{
    Task StoreAsync(IEnumerable<string> rows, CancellationToken ct);
}

[JsonSerializable(typeof(int))]
public sealed partial class ImportJson : JsonSerializerContext;

public static class Watch
{
    public static async Task FollowAsync(IJobClient jobs, JobId id, CancellationToken ct)
    {
        await foreach (var status in jobs.WatchAsync(id, ct))
        {
            Console.WriteLine($"{status.State} {status.Progress:P0} {status.Note}");
        }
    }
}
