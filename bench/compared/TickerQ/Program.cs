// Not built by ../run: the package could not be had. Built once against the source; see docs/compared.md.
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TickerQ.DependencyInjection;
using TickerQ.Utilities;
using TickerQ.Utilities.Base;
using TickerQ.Utilities.Entities;
using TickerQ.Utilities.Interfaces.Managers;

var builder = Host.CreateApplicationBuilder(args);
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
await host.WaitForShutdownAsync();

public sealed record ShipOrder(int Id);

public sealed record ThankCustomer(int OrderId);

public sealed class Orders(Mailer mailer, ITimeTickerManager<TimeTickerEntity> jobs)
{
    [TickerFunction("shop.ship")]
    public async Task ShipAsync(TickerFunctionContext<ShipOrder> context, CancellationToken ct) => await jobs.AddAsync(new()
    {
        Function = "shop.thank",
        Request = TickerHelper.CreateTickerRequest(new ThankCustomer(context.Request.Id)),
    }, ct);

    [TickerFunction("shop.thank")]
    public Task ThankAsync(TickerFunctionContext<ThankCustomer> context)
    {
        mailer.Send($"Order {context.Request.OrderId} is on its way");
        return Task.CompletedTask;
    }
}
