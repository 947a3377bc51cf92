using System.Collections.Immutable;

namespace Naq;

/// <summary>Where a job is in its life. The allowed moves are <see cref="JobStates.Next"/>.</summary>
public enum JobState
{
    /// <summary>Waits for a time: a delay, a run-at or a retry.</summary>
    Scheduled,

    /// <summary>Waits for other jobs.</summary>
    Waiting,

    /// <summary>May be claimed by a worker.</summary>
    Ready,

    /// <summary>Claimed by a worker that holds its lease.</summary>
    Running,

    /// <summary>Ended well.</summary>
    Succeeded,

    /// <summary>Given up; kept with its payload and error, can be requeued.</summary>
    Dead,

    /// <summary>Cancelled before it ended by itself.</summary>
    Cancelled,
}

/// <summary>What can happen to a job.</summary>
public enum JobEvent
{
    /// <summary>Its time has come, or a person asked to run it now.</summary>
    Due,

    /// <summary>The jobs it waits for have ended.</summary>
    DependenciesMet,

    /// <summary>A worker claimed it.</summary>
    Claim,

    /// <summary>Its handler returned well.</summary>
    Succeed,

    /// <summary>Its attempt failed and another is allowed, or it asked to be run later.</summary>
    RunLater,

    /// <summary>Its last attempt failed, it was discarded or quarantined.</summary>
    GiveUp,

    /// <summary>Its worker gave it back unfinished.</summary>
    HandBack,

    /// <summary>Its worker died or lost the lease.</summary>
    LoseLease,

    /// <summary>A person or program cancelled it; for a running job: its worker has obeyed.</summary>
    Cancel,

    /// <summary>A person put a dead or cancelled job back.</summary>
    Requeue,
}

/// <summary>The state machine of a job: one pure table, the same for every broker.</summary>
public static class JobStates
{
    private static readonly ImmutableDictionary<(JobState, JobEvent), JobState> Table =
        new Dictionary<(JobState, JobEvent), JobState>
        {
            [(JobState.Scheduled, JobEvent.Due)] = JobState.Ready,
            [(JobState.Scheduled, JobEvent.Cancel)] = JobState.Cancelled,
            [(JobState.Waiting, JobEvent.DependenciesMet)] = JobState.Ready,
            [(JobState.Waiting, JobEvent.Cancel)] = JobState.Cancelled,
            [(JobState.Waiting, JobEvent.GiveUp)] = JobState.Dead,
            [(JobState.Ready, JobEvent.Claim)] = JobState.Running,
            [(JobState.Ready, JobEvent.Cancel)] = JobState.Cancelled,
            [(JobState.Running, JobEvent.Succeed)] = JobState.Succeeded,
            [(JobState.Running, JobEvent.RunLater)] = JobState.Scheduled,
            [(JobState.Running, JobEvent.GiveUp)] = JobState.Dead,
            [(JobState.Running, JobEvent.HandBack)] = JobState.Ready,
            [(JobState.Running, JobEvent.LoseLease)] = JobState.Ready,
            [(JobState.Running, JobEvent.Cancel)] = JobState.Cancelled,
            [(JobState.Dead, JobEvent.Requeue)] = JobState.Ready,
            [(JobState.Cancelled, JobEvent.Requeue)] = JobState.Ready,
        }.ToImmutableDictionary();

    /// <summary>Returns the state that <paramref name="happened"/> leads to, or null where it cannot happen.</summary>
    public static JobState? Next(JobState state, JobEvent happened) => Table.TryGetValue((state, happened), out var next) ? next : null;

    /// <summary>Says whether nothing more happens to the job by itself.</summary>
    public static bool IsFinal(this JobState state) => state is JobState.Succeeded or JobState.Dead or JobState.Cancelled;

    /// <summary>The name of a state on the wire and on a terminal.</summary>
    public static string WireName(this JobState state) => state switch
    {
        JobState.Scheduled => "scheduled",
        JobState.Waiting => "waiting",
        JobState.Ready => "ready",
        JobState.Running => "running",
        JobState.Succeeded => "succeeded",
        JobState.Dead => "dead",
        JobState.Cancelled => "cancelled",
    };
}
