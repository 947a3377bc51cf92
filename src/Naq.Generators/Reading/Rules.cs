using System.Diagnostics.CodeAnalysis;
using Microsoft.CodeAnalysis;

namespace Naq.Generators.Reading;

/// <summary>The diagnostics: ids are stable, each has a page under <c>docs/diagnostics</c> and a line in the ledger.</summary>
internal static class Rules
{
    private const string Category = "Naq.Jobs";

    public static readonly DiagnosticDescriptor NotPartial = Error("NAQ0001", "A job must be partial",
        "'{0}' must be partial, and so must the types around it: the generator adds to it");

    public static readonly DiagnosticDescriptor BadJobName = Error("NAQ0002", "A job's name is not valid",
        "Job name '{0}' is not valid: use 1 to 96 of a-z, 0-9, '_', '.' or '-', the first a letter or digit");

    public static readonly DiagnosticDescriptor DuplicateJobName = Error("NAQ0003", "Two jobs have one name",
        "Job name '{0}' is also the name of '{1}'; a worker could not tell them apart", WellKnownDiagnosticTags.CompilationEnd);

    public static readonly DiagnosticDescriptor BadDuration = Error("NAQ0004", "A duration is not valid",
        "{0} '{1}' is not a duration above zero: write it as [days.]hours:minutes:seconds, such as 00:02:00 or 1.00:00:00");

    public static readonly DiagnosticDescriptor UniqueForWithoutKey = Error("NAQ0005", "UniqueFor without a key",
        "'{0}' has UniqueFor but no [UniqueKey]: mark the property whose value may be there only once");

    public static readonly DiagnosticDescriptor NotSerializable = Error("NAQ0006", "A type cannot be written as JSON by the generator",
        "'{0}' cannot be written as JSON by the generator: {1}. Change it, or give the job a context: [Job(..., Json = typeof(MyContext))]"
        + " with [JsonSerializable(typeof({2}))] on MyContext.");

    public static readonly DiagnosticDescriptor BadDefault = Error("NAQ0007", "A default of a job is not valid",
        "{0} '{1}' is not valid: {2}");

    public static readonly DiagnosticDescriptor NotExtendable = Error("NAQ0008", "A job cannot be extended by the generator",
        "'{0}' cannot be a job: {1}");

    public static readonly DiagnosticDescriptor BadUniqueKey = Error("NAQ0009", "A unique key has no stable text",
        "'{0}' cannot be a unique key: a {1} has no text that stays the same; use a string, number, Guid, enum, date or Uri");

    public static readonly DiagnosticDescriptor NoJobParameter = Error("NAQ0010", "A handler needs one job among its parameters",
        "'{0}' has {1} parameters that are jobs; a handler has exactly one");

    public static readonly DiagnosticDescriptor TwoHandlers = Error("NAQ0011", "A job has two handlers",
        "'{0}' handles '{1}', and so does '{2}'; a job has one handler", WellKnownDiagnosticTags.CompilationEnd);

    public static readonly DiagnosticDescriptor AsyncVoid = Error("NAQ0012", "A handler must not be async void",
        "'{0}' is async void: the job would end before its work does, and an exception would end the worker; return Task");

    public static readonly DiagnosticDescriptor NoCancellation = new("NAQ0013", "A handler takes no CancellationToken",
        "'{0}' takes no CancellationToken: it goes on after a timeout, a cancellation or a shutdown, until it is handed back", Category,
        DiagnosticSeverity.Info, true, helpLinkUri: Page("NAQ0013"));

    public static readonly DiagnosticDescriptor BadReturn = Error("NAQ0014", "A handler's return type is not one that a job can end with",
        "'{0}' returns '{1}': {2}");

    public static readonly DiagnosticDescriptor NotCallable = Error("NAQ0015", "A handler cannot be called",
        "'{0}' cannot be a handler: {1}");

    public static readonly DiagnosticDescriptor BadMethodName = Error("NAQ0016", "NaqJobsMethod is not a method name",
        "The MSBuild property NaqJobsMethod is '{0}', which is not the name of a C# method", WellKnownDiagnosticTags.CompilationEnd);

    [SuppressMessage("MicrosoftCodeAnalysisDesign", "RS1017", Justification = "The ids are the constants at the calls.")]
    private static DiagnosticDescriptor Error(string id, string title, string message, params string[] tags) =>
        new(id, title, message, Category, DiagnosticSeverity.Error, true, helpLinkUri: Page(id), customTags: tags);

    private static string Page(string id) => $"docs/diagnostics/{id}.md";
}
