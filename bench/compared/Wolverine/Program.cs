using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Wolverine;

var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddSingleton<Mailer>();
builder.UseWolverine(_ => { });
using var host = builder.Build();
await host.StartAsync();
await host.MessageBus().PublishAsync(new ShipOrder(42));
await host.WaitForShutdownAsync();

public sealed record ShipOrder(int Id);

public sealed record ThankCustomer(int OrderId);

public static class OrderHandler
{
    public static ThankCustomer Handle(ShipOrder job) => new(job.Id);

    public static void Handle(ThankCustomer job, Mailer mailer) => mailer.Send($"Order {job.OrderId} is on its way");
}
