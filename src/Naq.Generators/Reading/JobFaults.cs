using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Naq.Generators.Reading;

/// <summary>Tells the analyzer what is wrong with a job, and where; the generator does not listen.</summary>
internal sealed class JobFaults(INamedTypeSymbol job, AttributeData attribute, Action<Diagnostic>? report, CancellationToken ct)
{
    public void Check(bool isRight, DiagnosticDescriptor rule, Location where, params object[] arguments)
    {
        if (!isRight)
        {
            report?.Invoke(Diagnostic.Create(rule, where, arguments));
        }
    }

    /// <summary>Where an argument of the attribute stands; null: its name, the first.</summary>
    public Location Argument(string? name)
    {
        var list = (attribute.ApplicationSyntaxReference?.GetSyntax(ct) as AttributeSyntax)?.ArgumentList?.Arguments;
        var argument = list?.FirstOrDefault(a => a.NameEquals?.Name.Identifier.ValueText == name);
        return argument?.Expression.GetLocation() ?? job.Locations[0];
    }
}
