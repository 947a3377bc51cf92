using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Naq;
using Naq.Nats;
using Naq.Sqlite;

var builder = Host.CreateEmptyApplicationBuilder(new());
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Logging.AddSimpleConsole();
var naq = builder.AddNaq();
switch (Meter.Url.Split('=', 2))
{
    case ["nats", var url]:
        naq.UseNats(new NatsBrokerOptions { Url = url });
        break;
    case [var durability, var file]:
        naq.UseSqlite(new SqliteBrokerOptions { Path = file, Durability = Enum.Parse<Durability>(durability, ignoreCase: true) });
        break;
}

naq.AddJobs();
if (args[0] is "worker" or "whole")
{
    naq.AddWorker(["default"], static worker => worker.Concurrency = Meter.Slots);
}

using var host = builder.Build();
var jobs = host.Services.GetRequiredService<IJobClient>();
async ValueTask One(long at) => await jobs.EnqueueAsync(new Noop(at, Meter.Text));
async ValueTask Bulk(int count) => await jobs.EnqueueManyAsync(Enumerable.Repeat(new Noop(0, Meter.Text), count));
await Peer.RunAsync(args, One, Bulk, host.StartAsync, host.StopAsync);

[Job("peers.noop")]
public sealed partial record Noop(long At, string Text);

public static class Handlers
{
    [JobHandler]
    public static void Run(Noop job) => Meter.Ran(job.At);
}
