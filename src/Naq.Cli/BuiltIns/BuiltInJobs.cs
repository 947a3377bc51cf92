using System.Collections.Frozen;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Naq.Cli.Parsing;

namespace Naq.Cli.BuiltIns;

/// <summary>A job type that comes with <c>naq</c>.</summary>
internal interface IBuiltIn
{
    /// <summary>What is wrong with the payload's values; null: nothing.</summary>
    string? Fault();
}

/// <summary>The job types under <c>naq.</c>: for load tests, demos, and programs in other languages. The prefix is theirs alone.</summary>
internal static class BuiltInJobs
{
    private const string Prefix = "naq.";

    private static readonly FrozenDictionary<string, Action<ReadOnlyMemory<byte>>> Checks = new Dictionary<string, Action<ReadOnlyMemory<byte>>>
    {
        [NoOp.JobType.Name] = Check<NoOp>,
        [Sleep.JobType.Name] = Check<Sleep>,
        [Cpu.JobType.Name] = Check<Cpu>,
        [Io.JobType.Name] = Check<Io>,
        [Memory.JobType.Name] = Check<Memory>,
        [Fail.JobType.Name] = Check<Fail>,
        [Exec.JobType.Name] = Check<Exec>,
    }.ToFrozenDictionary();

    /// <summary>Their names.</summary>
    public static IEnumerable<string> Types => Checks.Keys;

    /// <summary>Registers all handlers, with what they need.</summary>
    public static void AddTo(NaqBuilder naq, Ledger ledger, ExecPolicy exec)
    {
        naq.Services.AddSingleton(ledger).AddSingleton(exec).AddSingleton<ExecGuard>().AddSingleton<Leaks>();
        naq.AddHandler<NoOp, NoOpHandler>()
            .AddHandler<Sleep, SleepHandler>()
            .AddHandler<Cpu, CpuHandler>()
            .AddHandler<Io, IoHandler>()
            .AddHandler<Memory, MemoryHandler>()
            .AddHandler<Fail, FailHandler>()
            .AddHandler<Exec, ExecHandler>();
    }

    /// <summary>Returns <paramref name="type"/> if it is well formed and, under <c>naq.</c>, one of ours.</summary>
    /// <exception cref="NaqConfigurationException">It is not.</exception>
    public static string RequireKnown(string type)
    {
        Names.RequireJobType(type);
        return !type.StartsWith(Prefix, StringComparison.Ordinal) || Checks.ContainsKey(type)
            ? type
            : throw new NaqConfigurationException(
                $"job type '{type}' is not known: naq.* is reserved for {string.Join(", ", Checks.Keys.Order())}.{Nearest.DidYouMean(type, Checks.Keys)}");
    }

    /// <summary>Checks the payload of a built-in type; of others, only their handlers know.</summary>
    /// <exception cref="NaqException">The payload is not what the type takes.</exception>
    public static void RequirePayload(string type, ReadOnlyMemory<byte> payload)
    {
        if (Checks.TryGetValue(type, out var check))
        {
            check(payload);
        }
    }

    private static void Check<TJob>(ReadOnlyMemory<byte> payload) where TJob : IJob<TJob>, IBuiltIn
    {
        TJob job;
        try
        {
            job = JsonSerializer.Deserialize(payload.Span, TJob.JobType.Json) ?? throw new JsonException("it is null.");
        }
        catch (JsonException error)
        {
            throw new JobSerializationException($"the payload of {TJob.JobType.Name} is not valid: {error.Message}", error);
        }

        if (job.Fault() is { } fault)
        {
            throw new NaqConfigurationException($"the payload of {TJob.JobType.Name} is not valid: {fault}.");
        }
    }
}
