namespace Naq;

/// <summary>How a worker runs.</summary>
public sealed class WorkerOptions
{
    /// <value>The worker's name. Default: host name, process id and a random tail.</value>
    public string? Name { get; set; }

    /// <value>Jobs that run at once: 1 to 10,000. Default: the number of cores.</value>
    public int Concurrency { get; set; } = Environment.ProcessorCount;

    /// <value>How long a stopping worker lets jobs run; what runs still is handed back. 0 to 1 day. Default 25 s.</value>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(25);

    /// <value>After this time (± 10 %, so that a fleet does not leave at once) the worker asks to be replaced. Default: never.</value>
    public TimeSpan? MaxAge { get; set; }

    /// <value>After so many started attempts the worker asks to be replaced. Default: never.</value>
    public long? MaxJobs { get; set; }

    /// <value>
    /// The largest resident set, or what the process's control groups allow where that is less. At nine tenths of it the worker asks to be
    /// replaced, beyond it it leaves without waiting. Default: no limit.
    /// </value>
    public long? MaxMemoryBytes { get; set; }

    /// <value>So many of the last lines that a job logs, at information and above, are kept with it: 0 to 200. Default 20.</value>
    public int LogLines { get; set; } = 20;

    /// <value>The pool that the worker belongs to (<c>NAQ_POOL</c>). Default: none.</value>
    public string? Pool { get; set; }

    /// <value>What its provisioner calls it (<c>NAQ_REPLICA</c>). Default: nobody does.</value>
    public string? Replica { get; set; }

    /// <value>At most so many workers of the pool claim at once (<c>NAQ_POOL_MAX</c>); one over waits. Default: no bound.</value>
    public int? PoolMax { get; set; }
}
