using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Naq;

var builder = Host.CreateApplicationBuilder(args);
builder.AddNaq().UseSqlite("jobs.db").AddHandler<Greet, GreetHandler>().AddWorker(["default"]);
using var host = builder.Build();
await host.StartAsync();
var (id, _) = await host.Services.GetRequiredService<IJobClient>().EnqueueAsync(new Greet("world"));
await host.Services.GetRequiredService<IJobClient>().WaitAsync(id, TimeSpan.FromSeconds(10));
await host.StopAsync();

public sealed record Greet(string Name) : IJob<Greet>
{
    public static JobType<Greet> JobType { get; } = new("demo.greet", GreetJson.Default.Greet, new());
}

public sealed class GreetHandler : IJobHandler<Greet>
{
    public ValueTask<JobOutcome> HandleAsync(Greet job, JobContext context, CancellationToken ct)
    {
        Console.WriteLine($"Hello, {job.Name}! (attempt {context.Attempt})");
        return new(JobOutcome.Done);
    }
}

[JsonSerializable(typeof(Greet))]
public sealed partial class GreetJson : JsonSerializerContext;
