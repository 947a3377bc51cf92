using Hangfire;
using Hangfire.InMemory;
using Hangfire.PostgreSql;
using Hangfire.Redis.StackExchange;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

// As StackExchange.Redis advises those who block on it: with as many threads as cores, answers wait for a thread.
ThreadPool.SetMinThreads(32, 32);
var builder = Host.CreateEmptyApplicationBuilder(new());
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Logging.AddSimpleConsole();
builder.Services.AddHangfire(static configuration =>
{
    configuration.SetDataCompatibilityLevel(CompatibilityLevel.Version_180).UseSimpleAssemblyNameTypeSerializer().UseRecommendedSerializerSettings();
    switch (Meter.Url.Split('=', 2))
    {
        case ["memory"]:
            configuration.UseInMemoryStorage(new InMemoryStorageOptions { IdType = InMemoryStorageIdType.Long });
            break;
        case ["redis", var address]:
            configuration.UseRedisStorage(address);
            break;
        case ["postgres", var connection]:
            configuration.UsePostgreSqlStorage(
                options => options.UseNpgsqlConnection(connection),
                new PostgreSqlStorageOptions { QueuePollInterval = TimeSpan.FromMilliseconds(50), EnableLongPolling = true });
            break;
    }
});
if (args[0] is "worker" or "whole")
{
    builder.Services.AddHangfireServer(static server => server.WorkerCount = Meter.Slots);
}

using var host = builder.Build();
var jobs = host.Services.GetRequiredService<IBackgroundJobClient>();
ValueTask One(long at)
{
    jobs.Enqueue(() => Handlers.Run(at, Meter.Text));
    return ValueTask.CompletedTask;
}

await Peer.RunAsync(args, One, null, host.StartAsync, host.StopAsync);

public static class Handlers
{
    public static void Run(long at, string text) => Meter.Ran(at);
}
