using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Naq;

var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddSingleton<Mailer>();
builder.AddNaq().UseSqlite("shop.db").AddJobs().AddWorker(["default"]);
using var host = builder.Build();
await host.StartAsync();
await host.Services.GetRequiredService<IJobClient>().EnqueueAsync(new ShipOrder(42));
await host.WaitForShutdownAsync();

[Job("shop.ship")] public sealed partial record ShipOrder(int Id);

[Job("shop.thank")] public sealed partial record ThankCustomer(int OrderId);

public sealed class Orders(Mailer mailer, IJobClient jobs)
{
    [JobHandler]
    public async Task ShipAsync(ShipOrder job, CancellationToken ct) => await jobs.EnqueueAsync(new ThankCustomer(job.Id), ct: ct);

    [JobHandler]
    public void Thank(ThankCustomer job) => mailer.Send($"Order {job.OrderId} is on its way");
}
