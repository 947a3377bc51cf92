using System.Text.Json.Serialization;
using Naq;

namespace Snippets.ByHand;

public sealed record Greet(string Name) : IJob<Greet>
{
    public static JobType<Greet> JobType { get; } = new("hand.greet", GreetJson.Default.Greet, new() { MaxAttempts = 3 });
}

public sealed class GreetHandler : IJobHandler<Greet>
{
    public ValueTask<JobOutcome> HandleAsync(Greet job, JobContext context, CancellationToken ct)
    {
        Console.WriteLine($"Hello, {job.Name}!");
        return new(JobOutcome.Done);
    }
}

[JsonSerializable(typeof(Greet))]
public sealed partial class GreetJson : JsonSerializerContext;

public static class Composition
{
    public static NaqBuilder AddGreetings(NaqBuilder naq) => naq.AddHandler<Greet, GreetHandler>();
}
