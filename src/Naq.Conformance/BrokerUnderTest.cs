using Microsoft.Extensions.Time.Testing;

namespace Naq.Conformance;

/// <summary>What a broker's test project brings: how to open it, by which clock, and what it cannot do yet. One instance a test.</summary>
public abstract class BrokerUnderTest : IAsyncDisposable
{
    /// <summary>The broker's clock. A <see cref="FakeTimeProvider"/> is advanced by the tests; on any other they wait.</summary>
    public virtual TimeProvider Time => TimeProvider.System;

    /// <summary>How long a claim is to last in the tests.</summary>
    public virtual TimeSpan LeaseDuration => Time is FakeTimeProvider ? TimeSpan.FromSeconds(30) : TimeSpan.FromSeconds(2);

    /// <summary>Opens an empty broker that shares nothing with another test's.</summary>
    public abstract ValueTask<Broker> OpenAsync(ConformanceOptions options, CancellationToken ct);

    /// <summary>Opens the same broker a second time, as another process would.</summary>
    public virtual ValueTask<Broker> OpenAnotherAsync(ConformanceOptions options, CancellationToken ct) =>
        throw new NotSupportedException();

    /// <summary>Says why the broker cannot do this; null: it can.</summary>
    public virtual string? Missing(Capability capability) => capability == Capability.SecondBroker ? "it cannot be opened twice" : null;

    /// <summary>Removes whatever the tests left behind; brokers are closed before.</summary>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

/// <summary>How the broker of a test is to be opened.</summary>
/// <param name="LeaseDuration">How long a claim lasts.</param>
public sealed record ConformanceOptions(TimeSpan LeaseDuration)
{
    /// <summary>The most finished jobs to keep; null: the broker's default.</summary>
    public int? MaxFinished { get; init; }

    /// <summary>The most dead letters to keep; null: the broker's default.</summary>
    public int? MaxDead { get; init; }
}

/// <summary>What a broker may lack for a while. The tests that need it are skipped with the broker's reason.</summary>
public enum Capability
{
    /// <summary>Two brokers over the same jobs.</summary>
    SecondBroker,

    /// <summary>A success under a stale fence is refused, too. (Elsewhere the work counts: it was done.)</summary>
    FencedSuccess,

    /// <summary>A job that comes back takes its old place among those that wait.</summary>
    KeptPlace,

    /// <summary>Jobs with two interruptions run alone, and a third quarantines them.</summary>
    LoneClaims,

    /// <summary>A job whose lease has ended is found ready, with its interruption, before anybody claims it again.</summary>
    FoundLosses,

    /// <summary>Queues that share claims by weights.</summary>
    Weights,

    /// <summary>Patterns of queues.</summary>
    Patterns,

    /// <summary>Paused queues.</summary>
    Pause,

    /// <summary>Queues with a <c>MaxLength</c>.</summary>
    MaxLength,

    /// <summary>Unique keys with a period.</summary>
    UniquePeriod,

    /// <summary>Lists of jobs.</summary>
    Lists,

    /// <summary>Deleting jobs and purging queues.</summary>
    Deletion,

    /// <summary>Records of succeeded and cancelled jobs: state, result, waiting for an end.</summary>
    FinishedRecords,

    /// <summary>Counts beyond ready, scheduled, in flight and dead: totals and ages.</summary>
    Totals,

    /// <summary>Bounds on what is kept.</summary>
    Trimming,

    /// <summary>The cluster store.</summary>
    Cluster,
}
