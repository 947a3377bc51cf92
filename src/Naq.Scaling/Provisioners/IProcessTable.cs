namespace Naq.Scaling.Provisioners;

/// <summary>The operating system's processes, as far as the child-process provisioner needs them.</summary>
internal interface IProcessTable
{
    /// <summary>Starts a worker. Its name is found in its environment as <c>NAQ_REPLICA</c>.</summary>
    /// <exception cref="Exception">It could not be started.</exception>
    IWorkerProcess Start(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment);

    /// <summary>Takes over a worker that another autoscaler started; null: the process is gone, or is somebody else.</summary>
    IWorkerProcess? Adopt(int pid, string replica);
}

/// <summary>One worker process.</summary>
internal interface IWorkerProcess
{
    int Pid { get; }

    /// <summary>How it ended; null: it lives.</summary>
    ProcessEnd? End { get; }

    /// <summary>Asks it to drain and leave (SIGTERM).</summary>
    void Terminate();

    /// <summary>Ends it at once (SIGKILL): only after its drain deadline.</summary>
    void Kill();
}

/// <summary>The end of a process.</summary>
/// <param name="At">The stamp of the time provider when it was seen.</param>
/// <param name="ExitCode">Its exit code; null: an adopted process's is not known.</param>
internal sealed record ProcessEnd(long At, int? ExitCode);
