using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Naq.Brokers;
using Naq.Tests.Middleware;

namespace Naq.Tests.Hosting;

public sealed class PatientStartTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_broker_that_is_away_is_tried_until_it_is_there()
    {
        var time = new FakeTimeProvider();
        var asked = 0;
        var opening = PatientOpening.OpenAsync(_ => ++asked < 50 ? throw new BrokerUnavailableException("no route") : new(MemoryBroker.Open(new(), time)), time, new Random(1), NullLogger.Instance, Ct);
        for (var passed = TimeSpan.Zero; asked < 50; passed += TimeSpan.FromSeconds(1))
        {
            Assert.True(passed < TimeSpan.FromSeconds(250), "no delay is longer than five seconds");
            time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.NotNull(await opening);
    }

    [Fact]
    public async Task A_stop_ends_the_wait()
    {
        using var stop = new CancellationTokenSource();
        var opening = PatientOpening.OpenAsync(static _ => throw new BrokerUnavailableException("no route"), new FakeTimeProvider(), new Random(1), NullLogger.Instance, stop.Token);

        await stop.CancelAsync();

        Assert.Null(await opening);
    }

    [Fact]
    public async Task A_host_starts_without_its_broker_and_works_when_it_is_there()
    {
        var isThere = false;
        var builder = Host.CreateApplicationBuilder();
        builder.AddNaq().AddHandler<Note, Writer>().AddWorker(["default"]);
        builder.Services.AddSingleton<Journal>();
        builder.Services.AddSingleton(new BrokerSource("lost", (services, _) => Volatile.Read(ref isThere)
            ? new(MemoryBroker.Open(new(), services.GetRequiredService<TimeProvider>()))
            : throw new BrokerUnavailableException("no route")));
        using var host = builder.Build();

        await host.StartAsync(Ct);
        Assert.Throws<BrokerUnavailableException>(() => host.Services.GetRequiredService<IJobClient>());
        Volatile.Write(ref isThere, true);

        var jobs = host.Services.GetRequiredService<IJobClient>();
        var snapshot = await jobs.WaitAsync((await jobs.EnqueueAsync(new Note("a"), ct: Ct)).Id, TimeSpan.FromSeconds(30), Ct);
        Assert.Equal(JobState.Succeeded, snapshot?.State);
        await host.StopAsync(Ct);
    }

    [Fact]
    public async Task A_host_stops_while_it_waits_for_its_broker()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.AddNaq().AddHandler<Note, Writer>().AddWorker(["default"]);
        builder.Services.AddSingleton(new BrokerSource("lost", static (_, _) => throw new BrokerUnavailableException("no route")));
        using var host = builder.Build();
        await host.StartAsync(Ct);

        await host.StopAsync(Ct).WaitAsync(TimeSpan.FromSeconds(10), Ct);
    }

    /// <summary>Found wrong only when the broker was there at last: nobody waits for the start any more.</summary>
    [Fact]
    public async Task What_is_found_wrong_later_stops_the_host()
    {
        var asked = 0;
        var builder = Host.CreateApplicationBuilder();
        builder.AddNaq().AddHandler<Note, Writer>().AddWorker(["default"]);
        builder.Services.AddSingleton(new BrokerSource("lost", (_, _) => Interlocked.Increment(ref asked) == 1
            ? throw new BrokerUnavailableException("no route")
            : throw new LeaseMismatchException("another lease")));
        using var host = builder.Build();
        var stopping = new TaskCompletionSource();
        using var told = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(stopping.SetResult);

        await host.StartAsync(Ct);

        await stopping.Task.WaitAsync(TimeSpan.FromSeconds(30), Ct);
        await host.StopAsync(Ct);
    }

    [Fact]
    public async Task What_is_wrong_with_a_worker_ends_the_start()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.AddNaq().AddWorker(["no such name!"], static options => options.Concurrency = 0);
        builder.Services.AddSingleton(new BrokerSource("lost", static (_, _) => throw new BrokerUnavailableException("no route")));
        using var host = builder.Build();

        var fault = await Assert.ThrowsAsync<NaqConfigurationException>(() => host.StartAsync(Ct));

        Assert.Contains("concurrency 0", fault.Message, StringComparison.Ordinal);
        Assert.Contains("no such name!", fault.Message, StringComparison.Ordinal);
    }
}
