using Microsoft.Extensions.Logging.Abstractions;
using Naq.Brokers;

namespace Naq.Sqlite.Tests;

public sealed class SmokeTests
{
    [Fact]
    public async Task A_job_goes_round()
    {
        var ct = TestContext.Current.CancellationToken;
        var path = Path.Combine(Directory.CreateTempSubdirectory("naq").FullName, "t.db");
        await using var broker = await SqliteBroker.OpenAsync(new() { Path = path, LeaseDuration = TimeSpan.FromSeconds(2) }, TimeProvider.System, NullLoggerFactory.Instance, ct);
        await using var other = await SqliteBroker.OpenAsync(new() { Path = path }, TimeProvider.System, NullLoggerFactory.Instance, ct);
        var client = new JobClient(other, TimeProvider.System);
        var feed = await broker.Jobs.OpenFeedAsync(new([new("default")]) { Worker = "w" }, ct);
        feed.Grant(10);
        var buffer = new ClaimedJob[16];
        var clock = TimeProvider.System;
        for (var i = 0; i < 20; i++)
        {
            var t0 = clock.GetTimestamp();
            var answers = await client.EnqueueRawAsync([new("test.job", "{}"u8.ToArray(), new())], ct);
            var t1 = clock.GetTimestamp();
            var n = await feed.ReadAsync(buffer, ct);
            var t2 = clock.GetTimestamp();
            Assert.Equal(1, n);
            Assert.Equal(answers[0].Id, buffer[0].Id);
            TestContext.Current.SendDiagnosticMessage($"enqueue {clock.GetElapsedTime(t0, t1).TotalMilliseconds:0.00} deliver {clock.GetElapsedTime(t1, t2).TotalMilliseconds:0.00}");
            Assert.Equal([SettleResult.Settled], await broker.Jobs.SettleAsync([new(buffer[0].Lease, SettleKind.Succeed)], ct));
            feed.Grant(1);
        }

        var counts = await other.Jobs.CountsAsync(null, ct);
        Assert.Equal(20, counts[0].CompletedTotal);
        Assert.Equal(0, counts[0].Load);
        var page = await other.Jobs.ListAsync(new(), null, 50, ct);
        Assert.Equal(20, page.Jobs.Count);
        foreach (var f in await broker.Jobs.DiagnoseAsync(ct))
        {
            TestContext.Current.SendDiagnosticMessage(f.ToString());
        }
    }
}
