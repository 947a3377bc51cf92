using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Naq;

var builder = Host.CreateApplicationBuilder(args);
builder.AddNaq().UseSqlite("jobs.db").AddJobs().AddWorker(["default"]);
using var host = builder.Build();
await host.StartAsync();
var jobs = host.Services.GetRequiredService<IJobClient>();
var (id, _) = await jobs.EnqueueAsync(new Greet("world"));
await jobs.WaitAsync(id, TimeSpan.FromSeconds(10));
await host.StopAsync();

[Job("demo.greet")]
public sealed partial record Greet(string Name);

public static class Greetings
{
    [JobHandler]
    public static void Hello(Greet job, JobContext context) => Console.WriteLine($"Hello, {job.Name}! (attempt {context.Attempt})");
}
