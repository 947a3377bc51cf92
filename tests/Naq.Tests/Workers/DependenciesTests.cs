using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Naq.Brokers;
using Naq.Cluster;
using Naq.Tests.Middleware;

namespace Naq.Tests.Workers;

public sealed class DependenciesTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void What_was_opened_stays_open_until_it_is_closed()
    {
        var dependencies = new Dependencies();
        Assert.Null(dependencies.Open);

        dependencies.Opened("smtp");
        dependencies.Opened("payments");
        dependencies.Opened("payments");
        Assert.Equal("payments", dependencies.Open);
        dependencies.Closed("payments");
        dependencies.Closed("never-there");
        Assert.Equal("smtp", dependencies.Open);
        dependencies.Closed("smtp");
        Assert.Null(dependencies.Open);
    }

    [Fact]
    public void A_name_is_a_name() =>
        Assert.Contains("dependency 'a b' is not valid", Assert.Throws<NaqConfigurationException>(static () => new Dependencies().Opened("a b")).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_worker_tells_the_registry()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.AddNaq().AddHandler<Note>(static (_, _, services, _) =>
        {
            services.GetRequiredService<Dependencies>().Opened("payments");
            return new(JobOutcome.Done);
        }).AddWorker(["default"]);
        builder.Services.AddSingleton(new BrokerSource("memory", static (services, _) =>
            new(MemoryBroker.Open(new() { LeaseDuration = TimeSpan.FromSeconds(1) }, services.GetRequiredService<TimeProvider>()))));
        using var host = builder.Build();
        await host.StartAsync(Ct);
        var broker = host.Services.GetRequiredService<BrokerHolder>().Broker;
        _ = await host.Services.GetRequiredService<IJobClient>().EnqueueAsync(new Note("a"), ct: Ct);

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (await WorkerRegistry.ListAsync(broker.Cluster, patience.Token) is not [{ OpenDependency: "payments" }])
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
        }

        await host.StopAsync(Ct);
    }
}
