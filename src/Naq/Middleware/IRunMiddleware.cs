namespace Naq;

/// <summary>A job in an attempt, as run middleware sees it.</summary>
/// <param name="context">What its handler will know of it.</param>
/// <param name="payload">Its data as it was stored.</param>
/// <param name="services">The services of the job's own scope.</param>
public sealed class RunningJob(JobContext context, ReadOnlyMemory<byte> payload, IServiceProvider services)
{
    /// <summary>What its handler will know of it.</summary>
    public JobContext Context { get; } = context;

    /// <summary>Its data in JSON. Whoever comes next reads what it was set to.</summary>
    public ReadOnlyMemory<byte> Payload { get; set; } = payload;

    /// <summary>The services of the job's own scope.</summary>
    public IServiceProvider Services { get; } = services;
}

/// <summary>Goes on with the attempt: the next middleware, in the end the handler.</summary>
/// <param name="ct">The token that those get.</param>
public delegate ValueTask<JobOutcome> RunNext(CancellationToken ct);

/// <summary>Stands around every attempt of this program's workers. Resolved from the job's scope, in the order of registration.</summary>
/// <remarks>It may do something before and after, answer in place of the handler, or change the outcome. A throw is a failed attempt.</remarks>
public interface IRunMiddleware
{
    /// <summary>Runs an attempt. Not to go on is fine: the returned outcome counts.</summary>
    ValueTask<JobOutcome> RunAsync(RunningJob job, RunNext next, CancellationToken ct);
}

/// <summary>Stands around the attempts of one job type, and sees the job itself. Inside of every <see cref="IRunMiddleware"/>.</summary>
/// <typeparam name="TJob">The job type.</typeparam>
public interface IRunMiddleware<TJob> where TJob : IJob<TJob>
{
    /// <summary>Runs an attempt of <paramref name="job"/>.</summary>
    ValueTask<JobOutcome> RunAsync(TJob job, RunningJob running, RunNext next, CancellationToken ct);
}
