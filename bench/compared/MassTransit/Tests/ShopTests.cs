using MassTransit;
using MassTransit.Testing;
using Shop;

public sealed class ShopTests
{
    [Fact]
    public async Task A_shipped_order_is_thanked_for()
    {
        await using var services = new ServiceCollection()
            .AddSingleton<Mailer>()
            .AddMassTransitTestHarness(m => m.AddConsumer<Orders>())
            .BuildServiceProvider(true);
        var harness = await services.StartTestHarness();
        await harness.Bus.Publish(new ShipOrder(42));
        Assert.True(await harness.Consumed.Any<ThankCustomer>());
    }
}
