using System.Text.Json;
using System.Text.Json.Serialization;

namespace Naq.Cli.BuiltIns;

/// <summary><c>naq.exec</c>: runs a program that the worker allows, for jobs in other languages.</summary>
/// <param name="Command">The program and its arguments; no shell reads them.</param>
/// <param name="Stdin">What the program reads: a string as its characters, anything else as JSON.</param>
internal sealed record Exec([property: JsonRequired] IReadOnlyList<string> Command, JsonElement? Stdin = null) : IJob<Exec>, IBuiltIn
{
    public static JobType<Exec> JobType { get; } = new("naq.exec", BuiltInJson.Default.Exec, new());

    public string? Fault() => Command switch
    {
        null or [] or ["", ..] => "command names no program",
        _ when Command.Any(static word => word is null || word.Contains('\0', StringComparison.Ordinal)) => "command holds null or a NUL character",
        _ => null,
    };
}
