using Hangfire;

public sealed class ShopTests
{
    [Fact]
    public async Task A_shipped_order_is_thanked_for()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddSingleton<Mailer>();
        builder.Services.AddHangfire(h => h.UseInMemoryStorage());
        builder.Services.AddHangfireServer();
        using var host = builder.Build();
        await host.StartAsync();
        host.Services.GetRequiredService<IBackgroundJobClient>().Enqueue<Orders>(o => o.Ship(42));
        var jobs = host.Services.GetRequiredService<JobStorage>().GetMonitoringApi();
        for (var i = 0; i < 1000 && jobs.SucceededListCount() < 2; i++)
        {
            await Task.Delay(10);
        }

        Assert.Equal(2, jobs.SucceededListCount());
        await host.StopAsync();
    }
}
