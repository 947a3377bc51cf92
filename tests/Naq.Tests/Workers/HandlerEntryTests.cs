using Microsoft.Extensions.DependencyInjection;
using Naq.Testing;
using Naq.Tests.Middleware;

namespace Naq.Tests.Workers;

public sealed class HandlerEntryTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_handler_is_made_anew_for_each_run_however_often_it_runs()
    {
        const int runs = 250;
        await using var naq = new NaqHarness(static naq =>
        {
            naq.Services.AddSingleton<Roll>().AddKeyedSingleton("of the roll", "name");
            _ = naq.AddHandler<Note, Enrolled>();
        });

        for (var i = 0; i < runs; i++)
        {
            _ = await naq.RunHandlerAsync(new Note("a"), ct: Ct);
        }

        var roll = naq.Services.GetRequiredService<Roll>();
        Assert.Equal(runs, roll.Handlers.Distinct().Count());
        Assert.All(roll.Handlers, static handler => Assert.Equal(("name", 7), (handler.Name, handler.Number)));
    }

    [Fact]
    public async Task Of_several_constructors_the_marked_one_counts()
    {
        await using var naq = new NaqHarness(static naq =>
        {
            naq.Services.AddSingleton<Roll>();
            _ = naq.AddHandler<Note, Marked>();
        });

        var outcome = await naq.RunHandlerAsync(new Note("a"), ct: Ct);

        Assert.Same(JobOutcome.Done, outcome);
    }

    private sealed class Roll
    {
        public List<Enrolled> Handlers { get; } = [];
    }

    private sealed class Enrolled(Roll roll, [FromKeyedServices("of the roll")] string name, int number = 7) : IJobHandler<Note>
    {
        public string Name => name;

        public int Number => number;

        public ValueTask<JobOutcome> HandleAsync(Note job, JobContext context, CancellationToken ct)
        {
            roll.Handlers.Add(this);
            return new(JobOutcome.Done);
        }
    }

    private sealed class Marked : IJobHandler<Note>
    {
        public Marked(Roll roll) => throw new InvalidOperationException($"{roll} was not asked for.");

        [ActivatorUtilitiesConstructor]
        public Marked()
        {
        }

        public ValueTask<JobOutcome> HandleAsync(Note job, JobContext context, CancellationToken ct) => new(JobOutcome.Done);
    }
}
