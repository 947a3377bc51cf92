using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Shop;

var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddSingleton<Mailer>();
builder.Services.AddMassTransit(m =>
{
    m.AddConsumer<Orders>();
    m.UsingInMemory((context, bus) => bus.ConfigureEndpoints(context));
});
using var host = builder.Build();
await host.StartAsync();
await host.Services.GetRequiredService<IBus>().Publish(new ShipOrder(42));
await host.WaitForShutdownAsync();

namespace Shop
{
    public sealed record ShipOrder(int Id);

    public sealed record ThankCustomer(int OrderId);

    public sealed class Orders(Mailer mailer) : IConsumer<ShipOrder>, IConsumer<ThankCustomer>
    {
        public Task Consume(ConsumeContext<ShipOrder> context) => context.Publish(new ThankCustomer(context.Message.Id));

        public Task Consume(ConsumeContext<ThankCustomer> context)
        {
            mailer.Send($"Order {context.Message.OrderId} is on its way");
            return Task.CompletedTask;
        }
    }
}
