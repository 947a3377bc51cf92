using System.CommandLine;
using Naq.Cli.Shells;

namespace Naq.Cli.Invoking;

/// <summary>What every command finds at the root of its tree.</summary>
internal abstract class CommandRoot : Command
{
    protected CommandRoot(Shell shell, Action<NaqBuilder>? configure, string description) : base(shell.Program, description)
    {
        Shell = shell;
        Configure = configure;
        Globals.AddTo(this);
    }

    public Shell Shell { get; }

    /// <summary>Adds the program's own handlers.</summary>
    public Action<NaqBuilder>? Configure { get; }

    public GlobalOptions Globals { get; } = new();
}
