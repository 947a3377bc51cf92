using Naq.Cli.Invoking;
using Naq.Scaling.Traffic;

namespace Naq.Cli.Commands.Scaling;

/// <summary>A trace by its name or its file.</summary>
internal static class TraceArgument
{
    public static ArrivalTrace Load(Invocation run, string text) => ArrivalTraces.Names.Contains(text)
        ? ArrivalTraces.Load(text)
        : File.Exists(Path.GetFullPath(text, run.Shell.Directory))
            ? ArrivalTraces.ReadFile(Path.GetFullPath(text, run.Shell.Directory))
            : throw new NaqConfigurationException(
                $"--trace '{Printable.Escape(text)}' is neither a file nor one of {string.Join(", ", ArrivalTraces.Names)}.");
}
