using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Naq;
using Naq.Cli;

// A worker is this program again, as one that knows Naq's command line.
if (args is ["worker" or "up", ..])
{
    return await NaqApp.RunAsync(args, static naq => naq.AddJobs());
}

var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.AddNaq().UseSqlite(args is [var path, ..] ? path : "jobs.db").AddJobs()
    .AddAutoscaler(static scaler => scaler.Pool("reports", static pool =>
    {
        (pool.Min, pool.Max, pool.Concurrency) = (0, 2, 1);
        pool.Policies.Add(Scale.Backlog(perWorker: 10));
        pool.Limiters.Add(Scale.Hold(down: TimeSpan.FromMinutes(1)));
    }));
using var host = builder.Build();
await host.StartAsync();
_ = await host.Services.GetRequiredService<IJobClient>().EnqueueAsync(new Letter("Mia"), new() { Queue = "mail" });
await host.WaitForShutdownAsync();
return 0;

[Job("mail.letter")]
public sealed partial record Letter(string To);

public static class Letters
{
    [JobHandler]
    public static void Send(Letter letter, JobContext context) => Console.WriteLine($"To {letter.To}, by process {Environment.ProcessId}, attempt {context.Attempt}");
}
