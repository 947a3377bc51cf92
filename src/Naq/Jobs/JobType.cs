using System.Text.Json.Serialization.Metadata;

namespace Naq;

/// <summary>A job: immutable data with a stable type name. The generator writes this for a partial record; by hand it is one property.</summary>
/// <typeparam name="TSelf">The record itself.</typeparam>
public interface IJob<TSelf> where TSelf : IJob<TSelf>
{
    /// <summary>Name, JSON shape and defaults of this job type.</summary>
    static abstract JobType<TSelf> JobType { get; }
}

/// <summary>A job that ends with a result. The generator writes both properties for a partial record marked <see cref="JobAttribute"/>.</summary>
/// <typeparam name="TSelf">The record itself.</typeparam>
/// <typeparam name="TResult">What its handler returns.</typeparam>
public interface IJob<TSelf, TResult> : IJob<TSelf> where TSelf : IJob<TSelf, TResult>
{
    /// <summary>How the result is written by the worker and read by whoever waits for it.</summary>
    static abstract JsonTypeInfo<TResult> ResultJson { get; }
}

/// <summary>What a job type is, without reflection.</summary>
/// <typeparam name="TJob">The record.</typeparam>
/// <param name="Name">The stable name that crosses the wire, such as <c>images.resize</c>.</param>
/// <param name="Json">How the record is read and written.</param>
/// <param name="Defaults">What an enqueue takes where it says nothing itself.</param>
public sealed record JobType<TJob>(string Name, JsonTypeInfo<TJob> Json, EnqueueOptions Defaults)
{
    /// <summary>Computes the unique key of a job of this type; null: its jobs are not unique.</summary>
    public Func<TJob, string>? UniqueKey { get; init; }

    /// <summary>The period of <see cref="UniqueKey"/>; null: only while one is in flight.</summary>
    public TimeSpan? UniqueFor { get; init; }
}

/// <summary>Runs a job, as a delegate: what a <see cref="JobHandlerAttribute"/> method becomes.</summary>
/// <typeparam name="TJob">The job type.</typeparam>
/// <param name="job">The job.</param>
/// <param name="context">What is known about it.</param>
/// <param name="services">The services of the job's own scope.</param>
/// <param name="ct">Says when to stop.</param>
public delegate ValueTask<JobOutcome> HandleJob<in TJob>(TJob job, JobContext context, IServiceProvider services, CancellationToken ct);

/// <summary>Runs jobs of one type. Resolved from a scope of its own for each job.</summary>
/// <typeparam name="TJob">The job type.</typeparam>
public interface IJobHandler<in TJob>
{
    /// <summary>Runs <paramref name="job"/>. A throw is a failed attempt; <paramref name="ct"/> says when to stop (<see cref="JobContext.CancelReason"/> says why).</summary>
    ValueTask<JobOutcome> HandleAsync(TJob job, JobContext context, CancellationToken ct);
}
