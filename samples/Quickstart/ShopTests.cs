// A quickstart has neither tokens nor namespaces.
#pragma warning disable xUnit1051, CA1050, CA1707
public sealed class ShopTests
{
    [Fact]
    public async Task A_shipped_order_is_thanked_for()
    {
        await using var naq = new NaqHarness(n => n.AddJobs().Services.AddSingleton<Mailer>());
        await naq.Jobs.EnqueueAsync(new ShipOrder(42));
        Assert.Equal(new DrainReport(Succeeded: 2, 0, 0, 0), await naq.DrainAsync());
    }
}
