using Microsoft.Extensions.Time.Testing;
using Naq.Scaling.Provisioners;

namespace Naq.Scaling.Tests.Provisioners;

/// <summary>Processes that only a test lets end.</summary>
internal sealed class FakeProcessTable(FakeTimeProvider time) : IProcessTable
{
    public List<FakeProcess> Started { get; } = [];

    /// <summary>Living workers that somebody else started, by pid.</summary>
    public Dictionary<int, FakeProcess> Foreign { get; } = [];

    public bool FailsToStart { get; set; }

    public FakeProcess this[string replica] => Started.Find(p => p.Replica == replica) ?? throw new KeyNotFoundException(replica);

    public IWorkerProcess Start(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        if (FailsToStart)
        {
            throw new InvalidOperationException("no more processes");
        }

        var process = new FakeProcess(time, environment["NAQ_REPLICA"], 1000 + Started.Count) { Arguments = arguments, Environment = environment };
        Started.Add(process);
        return process;
    }

    public IWorkerProcess? Adopt(int pid, string replica) => Foreign.TryGetValue(pid, out var process) && process.Replica == replica ? process : null;
}

internal sealed class FakeProcess(FakeTimeProvider time, string replica, int pid) : IWorkerProcess
{
    public string Replica => replica;

    public IReadOnlyList<string> Arguments { get; init; } = [];

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public int Pid => pid;

    public ProcessEnd? End { get; private set; }

    public bool IsTerminated { get; private set; }

    public bool IsKilled { get; private set; }

    public void Terminate() => IsTerminated = true;

    public void Kill() => IsKilled = true;

    public void Exit(int code) => End = new(time.GetTimestamp(), code);
}
