using System.Runtime.InteropServices;

namespace Naq.Cli.Working;

/// <summary>SIGTERM, SIGINT and SIGHUP as two steps: the first asks to finish, the second to leave at once. Further ones change nothing.</summary>
/// <remarks>A signal that comes before anybody listens is kept for whoever does.</remarks>
internal sealed class StopSignals : IDisposable
{
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _second = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _count;

    /// <param name="ignoreInterrupt">A terminal sends Ctrl+C to children too; their parent passes it on in its own way.</param>
    public StopSignals(bool ignoreInterrupt)
    {
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGINT])
        {
            var isIgnored = ignoreInterrupt && signal == PosixSignal.SIGINT;
            _registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                if (!isIgnored)
                {
                    Raise();
                }
            }));
        }
    }

    /// <summary>Completes at the first signal.</summary>
    public Task First => _first.Task;

    /// <summary>Completes at the second signal.</summary>
    public Task Second => _second.Task;

    /// <summary>Counts as a signal.</summary>
    public void Raise() => _ = Interlocked.Increment(ref _count) == 1 ? _first.TrySetResult() : _second.TrySetResult();

    public void Dispose() => _registrations.ForEach(static registration => registration.Dispose());
}
