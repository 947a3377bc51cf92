using Naq.Cli.Shells;

namespace Naq.Cli.Working;

/// <summary>Who starts the next worker when this one leaves.</summary>
internal static class Supervision
{
    /// <summary>Set for workers that somebody else replaces.</summary>
    public const string Variable = "NAQ_SUPERVISED";

    /// <summary>The value of <see cref="Variable"/> for a worker whose parent holds its stdin open, and which drains when that ends.</summary>
    public const string ByParent = "parent";

    /// <summary>With this exit code a worker tells its <see cref="ByParent">parent</see> that it left to be replaced; everybody else gets 0.</summary>
    public const int Retired = 75;

    /// <summary>Whether somebody does: a provisioner, a container runtime (process id 1), or systemd. <c>INVOCATION_ID</c> says nothing: shells inherit it.</summary>
    public static bool IsSupervised(Shell shell) => IsChild(shell)
        || Environment.ProcessId == 1
        || shell.Variable("SYSTEMD_EXEC_PID") == Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Whether another <c>naq</c> process, or a program like it, started this one and passes signals on.</summary>
    public static bool IsChild(Shell shell) => shell.Variable("NAQ_REPLICA") is not null || shell.Variable(Variable) is not null;
}
