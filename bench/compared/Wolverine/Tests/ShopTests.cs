using Wolverine;
using Wolverine.Tracking;

public sealed class ShopTests
{
    [Fact]
    public async Task A_shipped_order_is_thanked_for()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddSingleton<Mailer>();
        builder.UseWolverine(w => w.ApplicationAssembly = typeof(ShipOrder).Assembly);
        using var host = builder.Build();
        await host.StartAsync();
        var session = await host.SendMessageAndWaitAsync(new ShipOrder(42));
        Assert.Equal(42, session.Executed.SingleMessage<ThankCustomer>().OrderId);
    }
}
