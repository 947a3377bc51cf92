using System.Text.Json.Serialization;

namespace Naq.Cli.BuiltIns;

/// <summary><c>naq.io</c>: writes a temporary file to the disk and reads it back, again and again.</summary>
internal sealed record Io([property: JsonRequired] int Ms) : IJob<Io>, IBuiltIn
{
    public static JobType<Io> JobType { get; } = new("naq.io", BuiltInJson.Default.Io, new());

    public string? Fault() => Bounds.OfMs(Ms);
}

internal sealed class IoHandler(TimeProvider time) : IJobHandler<Io>
{
    private const int BlockBytes = 64 * 1024;

    public async ValueTask<JobOutcome> HandleAsync(Io job, JobContext context, CancellationToken ct)
    {
        var start = time.GetTimestamp();
        var block = new byte[BlockBytes];
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose | FileOptions.Asynchronous);
        await using (file.ConfigureAwait(false))
        {
            while (time.GetElapsedTime(start).TotalMilliseconds < job.Ms)
            {
                file.Position = 0;
                await file.WriteAsync(block, ct).ConfigureAwait(false);
                RandomAccess.FlushToDisk(file.SafeFileHandle);
                file.Position = 0;
                await file.ReadExactlyAsync(block, ct).ConfigureAwait(false);
            }
        }

        return JobOutcome.Done;
    }
}
