using System.Globalization;
using Microsoft.Extensions.Logging;
using Naq.Cli.Benchmarks.Raw;
using Naq.Cli.BuiltIns;
using Naq.Cli.Logging;
using Naq.Cli.Working;
using Naq.Scaling.Provisioners;

namespace Naq.Cli.Benchmarks;

/// <summary>A real <c>naq worker</c> or <c>naq load</c> process on the broker of a measurement, or a consumer of the raw engine.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly IWorkerProcess _process;
    private readonly Answer _answer = new();
    private readonly TimeProvider _time;

    private ChildProcess(BenchPlace place, IReadOnlyList<string> arguments, Dictionary<string, string> environment)
    {
        _time = place.Time;
        _process = new ProcessTable(ProcessTable.ThisProgram, _answer, place.Time).Start(arguments, environment);
    }

    public int Pid => _process.Pid;

    public bool HasEnded => _process.End is not null;

    /// <summary>Whether it has printed something: a producer does when all its jobs are stored. Its end may be seen before what it printed.</summary>
    public bool HasAnswered => _answer.IsThere || _process.End is { ExitCode: 0 };

    /// <summary>A worker of the queue of plain jobs.</summary>
    public static ChildProcess Worker(BenchPlace place, bool withLedger)
    {
        var settings = new WorkerSettings { Queues = [new(BenchPlace.Queue)], Concurrency = BenchPlace.Slots };
        var environment = new Dictionary<string, string>(place.Variables);
        if (withLedger)
        {
            environment[Ledger.Variable] = place.Ledger;
        }

        return new(place, settings.ToArguments(place.Address, LogFormat.Text, LogLevel.Warning), environment);
    }

    /// <summary>Stores the plain jobs in bulk, then ends.</summary>
    public static ChildProcess Producer(BenchPlace place) => new(
        place,
        ["load", "--queue", BenchPlace.Queue, "--type", NoOp.JobType.Name, "--jobs", place.Jobs.ToString(CultureInfo.InvariantCulture), "--broker", place.Address.ToString()],
        new(place.Variables));

    /// <summary>Takes the jobs of the raw engine, one after the other.</summary>
    public static ChildProcess RawConsumer(BenchPlace place) =>
        new(place, ["bench", RawConsumerProcess.Option, "--broker", place.Address.ToString()], new(place.Variables));

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

    private sealed class Answer : StringWriter
    {
        private volatile bool _isThere;

        public Answer() : base(CultureInfo.InvariantCulture)
        {
        }

        public bool IsThere => _isThere;

        public override void WriteLine(string? value) => _isThere = true;
    }
}
