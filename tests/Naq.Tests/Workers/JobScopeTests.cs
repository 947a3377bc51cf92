using Microsoft.Extensions.DependencyInjection;
using Naq.Workers;

namespace Naq.Tests.Workers;

public sealed class JobScopeTests
{
    [Fact]
    public async Task A_scope_is_made_once_and_only_for_who_asks_for_something()
    {
        var made = 0;
        await using var services = new ServiceCollection().AddScoped(_ => new Unit(() => made++)).AddKeyedScoped("key", (_, _) => new Unit(() => made++)).BuildServiceProvider();
        await using (new JobScope(services.GetRequiredService<IServiceScopeFactory>()))
        {
            // Nobody asks.
        }

        Assert.Equal(0, made);
        await using var scope = new JobScope(services.GetRequiredService<IServiceScopeFactory>());

        Assert.Same(scope.GetRequiredService<Unit>(), scope.GetService<Unit>());
        Assert.Same(scope.GetRequiredKeyedService<Unit>("key"), scope.GetKeyedService<Unit>("key"));
        Assert.NotSame(scope.GetService<Unit>(), scope.GetKeyedService<Unit>("key"));
        Assert.Null(scope.GetService<JobScopeTests>());
        Assert.Throws<InvalidOperationException>(() => scope.GetRequiredService<JobScopeTests>());
        Assert.Equal(2, made);
    }

    [Fact]
    public async Task Its_services_end_with_it_and_nothing_can_be_had_afterwards()
    {
        await using var services = new ServiceCollection().AddScoped(static _ => new Unit(static () => { })).BuildServiceProvider();
        var scope = new JobScope(services.GetRequiredService<IServiceScopeFactory>());
        var held = scope.GetRequiredService<Unit>();
        var unused = new JobScope(services.GetRequiredService<IServiceScopeFactory>());

        await scope.DisposeAsync();
        await unused.DisposeAsync();

        Assert.True(held.IsDisposed);
        Assert.Throws<ObjectDisposedException>(() => scope.GetService<Unit>());
        Assert.Throws<ObjectDisposedException>(() => unused.GetService<Unit>());
    }

    private sealed class Unit : IAsyncDisposable
    {
        public Unit(Action made) => made();

        public bool IsDisposed { get; private set; }

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            return ValueTask.CompletedTask;
        }
    }
}
