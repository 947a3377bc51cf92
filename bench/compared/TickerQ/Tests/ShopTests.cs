// Not built by ../../run: the package could not be had. Built once against the source; see docs/compared.md.
using TickerQ.DependencyInjection;
using TickerQ.Utilities;
using TickerQ.Utilities.Entities;
using TickerQ.Utilities.Interfaces.Managers;

public sealed class ShopTests
{
    [Fact]
    public async Task A_shipped_order_is_thanked_for()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddSingleton<Mailer>();
        builder.Services.AddTickerQ();
        using var host = builder.Build();
        host.UseTickerQ();
        await host.StartAsync();
        await host.Services.GetRequiredService<ITimeTickerManager<TimeTickerEntity>>().AddAsync(new()
        {
            Function = "shop.ship",
            Request = TickerHelper.CreateTickerRequest(new ShipOrder(42)),
        });
        var mailer = host.Services.GetRequiredService<Mailer>();
        for (var i = 0; i < 1000 && mailer.Sent.Count < 1; i++)
        {
            await Task.Delay(10);
        }

        Assert.Single(mailer.Sent);
        await host.StopAsync();
    }
}
