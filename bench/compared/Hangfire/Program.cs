using Hangfire;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddSingleton<Mailer>();
builder.Services.AddHangfire(h => h.UseInMemoryStorage());
builder.Services.AddHangfireServer();
using var host = builder.Build();
await host.StartAsync();
host.Services.GetRequiredService<IBackgroundJobClient>().Enqueue<Orders>(o => o.Ship(42));
await host.WaitForShutdownAsync();

public sealed class Orders(Mailer mailer, IBackgroundJobClient jobs)
{
    public void Ship(int id) => jobs.Enqueue<Orders>(o => o.Thank(id));

    public void Thank(int orderId) => mailer.Send($"Order {orderId} is on its way");
}
