using Microsoft.Extensions.Logging;
using Naq.Cli.BuiltIns;
using Naq.Cli.Logging;
using Naq.Cli.Working;
using Naq.Scaling.Provisioners;

namespace Naq.Cli.Benchmarks;

/// <summary>A real <c>naq worker</c> process on the broker of a measurement.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly IWorkerProcess _process;
    private readonly TimeProvider _time;

    private ChildProcess(IWorkerProcess process, TimeProvider time) => (_process, _time) = (process, time);

    public int Pid => _process.Pid;

    public bool HasEnded => _process.End is not null;

    public static ChildProcess Start(BenchPlace place, bool withLedger)
    {
        var shell = place.Run.Shell;
        var settings = new WorkerSettings { Queues = [new(BenchPlace.Queue)], Concurrency = BenchPlace.Slots };
        var arguments = settings.ToArguments(place.Address, LogFormat.Text, LogLevel.Warning);
        var environment = new Dictionary<string, string>(place.Variables);
        if (withLedger)
        {
            environment[Ledger.Variable] = place.Ledger;
        }

        return new(new ProcessTable(ProcessTable.ThisProgram, shell.Error, place.Time).Start(arguments, environment), place.Time);
    }

    /// <summary>Drains it and waits for its end; one that does not listen is killed.</summary>
    public async ValueTask DisposeAsync()
    {
        _process.Terminate();
        var start = _time.GetTimestamp();
        while (!HasEnded)
        {
            if (_time.GetElapsedTime(start) > Patience)
            {
                _process.Kill();
            }

            await Task.Delay(Look, _time).ConfigureAwait(false);
        }
    }
}
