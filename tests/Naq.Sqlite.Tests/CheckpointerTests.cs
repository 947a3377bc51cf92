using Microsoft.Extensions.Logging.Abstractions;
using Naq.Brokers;

namespace Naq.Sqlite.Tests;

/// <summary>The log is moved into the database while brokers are open; when one that did it closes, another does.</summary>
public sealed class CheckpointerTests : IDisposable
{
    private const int Jobs = 500;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);
    private static readonly byte[] Payload = [.. "\""u8, .. Enumerable.Repeat((byte)'x', 1000), .. "\""u8];

    private readonly string _folder = Directory.CreateTempSubdirectory("naq-checkpoint-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string File => Path.Combine(_folder, "naq.db");

    private long Size => new FileInfo(File).Length;

    [Fact]
    public async Task The_log_goes_into_the_database_whoever_leaves()
    {
        var first = await OpenAsync();
        await EnqueueAsync(first);
        await UntilLargerAsync(Jobs * Payload.Length);
        await using var second = await OpenAsync();
        await first.DisposeAsync();

        await EnqueueAsync(second);

        await UntilLargerAsync(2 * Jobs * Payload.Length);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private ValueTask<Broker> OpenAsync() => SqliteBroker.OpenAsync(new() { Path = File }, TimeProvider.System, NullLoggerFactory.Instance, Ct);

    private static async Task EnqueueAsync(Broker broker) =>
        _ = await new JobClient(broker, TimeProvider.System).EnqueueRawAsync([.. Enumerable.Repeat(new RawJob("test.job", Payload, new()), Jobs)], Ct);

    private async Task UntilLargerAsync(long bytes)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(Patience);
        while (Size < bytes)
        {
            await Task.Delay(Look, TimeProvider.System, patience.Token);
        }
    }
}
