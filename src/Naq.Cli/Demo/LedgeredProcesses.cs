using Naq.Cli.BuiltIns;
using Naq.Scaling.Provisioners;

namespace Naq.Cli.Demo;

/// <summary>Processes whose handlers write into the demo's ledger.</summary>
internal sealed class LedgeredProcesses(IProcessTable processes, string ledger) : IProcessTable
{
    public IWorkerProcess Start(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment) =>
        processes.Start(arguments, new Dictionary<string, string>(environment) { [Ledger.Variable] = ledger });

    public IWorkerProcess? Adopt(int pid, string replica) => processes.Adopt(pid, replica);
}
