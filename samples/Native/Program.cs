using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Naq;

var builder = Host.CreateApplicationBuilder(args);
builder.AddNaq().UseSqlite("native.db").AddJobs().AddWorker(["default"]);
using var host = builder.Build();
await host.StartAsync();
var jobs = host.Services.GetRequiredService<IJobClient>();
var (id, _) = await jobs.EnqueueAsync(new Greet("world"));
await jobs.WaitAsync(id, TimeSpan.FromSeconds(10));
await host.StopAsync();

[Job("native.greet")]
public sealed partial record Greet(string Name);

public static class Greetings
{
    [JobHandler]
    public static void Hello(Greet job) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Hello, {job.Name}! {SinceStart().TotalMilliseconds:0.0} ms after the start of the process"));

    // The system knows a process's start to 10 ms. Whoever wants it exactly starts this with STARTED_AT set to the monotonic clock's reading, which all processes share.
    private static TimeSpan SinceStart()
    {
        if (Environment.GetEnvironmentVariable("STARTED_AT") is { } timestamp)
        {
            return TimeProvider.System.GetElapsedTime(long.Parse(timestamp, CultureInfo.InvariantCulture));
        }

        using var process = Process.GetCurrentProcess();
        return TimeProvider.System.GetUtcNow() - process.StartTime;
    }
}
