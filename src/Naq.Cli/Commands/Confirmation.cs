using System.Text;
using Naq.Cli.Shells;

namespace Naq.Cli.Commands;

/// <summary>Asks a person at a terminal.</summary>
internal static class Confirmation
{
    /// <summary>Whether the answer is <c>y</c> or <c>yes</c>; the end of the input means no.</summary>
    public static async ValueTask<bool> AskAsync(Shell shell, string question, CancellationToken ct)
    {
        await shell.Error.WriteAsync($"{Printable.Escape(question)} [y/N] ").ConfigureAwait(false);
        using var reader = new StreamReader(shell.In, Encoding.UTF8, leaveOpen: true);
        var answer = await reader.ReadLineAsync(ct).ConfigureAwait(false);
        return answer?.Trim().ToLowerInvariant() is "y" or "yes";
    }
}
