namespace Naq.Cli.Shells;

/// <summary>What a worker takes from the environment where its command line says nothing. Wrong values count as unset until <see cref="ThrowIfWrong"/>.</summary>
internal sealed class WorkerEnvironment
{
    private readonly EnvironmentOptions _environment;

    private WorkerEnvironment(EnvironmentOptions environment) => _environment = environment;

    public int? Concurrency { get; private init; }

    public TimeSpan? MaxAge { get; private init; }

    public int? MaxJobs { get; private init; }

    public long? MaxMemoryBytes { get; private init; }

    public TimeSpan? DrainTimeout { get; private init; }

    public static WorkerEnvironment Read(Shell shell)
    {
        var environment = new EnvironmentOptions(shell);
        return new(environment)
        {
            Concurrency = environment.Number("NAQ_CONCURRENCY"),
            MaxAge = environment.Duration("NAQ_WORKER_MAX_AGE"),
            MaxJobs = environment.Number("NAQ_MAX_JOBS"),
            MaxMemoryBytes = environment.Size("NAQ_MAX_MEMORY"),
            DrainTimeout = environment.Duration("NAQ_DRAIN_TIMEOUT"),
        };
    }

    /// <exception cref="NaqConfigurationException">A variable is wrong: one line a fault.</exception>
    public void ThrowIfWrong() => _environment.ThrowIfWrong();
}
