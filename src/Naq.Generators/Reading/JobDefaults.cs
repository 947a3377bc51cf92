using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Naq.Generators.Reading;

/// <summary>Reads what <c>[Job]</c> sets, as the initializers of a job type's defaults.</summary>
internal sealed class JobDefaults(INamedTypeSymbol job, AttributeData attribute, JobFaults faults)
{
    private const string Time = "global::System.TimeSpan.FromTicks";
    private const string QueueRule = "use 1 to 64 letters, digits, '_' or '-', the first a letter or digit";

    /// <summary>The initializers of <c>EnqueueOptions</c>.</summary>
    public IEnumerable<string> Read()
    {
        foreach (var argument in attribute.NamedArguments)
        {
            var (name, value) = (argument.Key, argument.Value.Value);
            switch (name)
            {
                case "Queue" when value is string queue:
                    faults.Check(Names.IsQueue(queue), Rules.BadDefault, faults.Argument(name), name, queue, QueueRule);
                    yield return $"Queue = {SymbolDisplay.FormatLiteral(queue, quote: true)}";
                    break;
                case "MaxAttempts" when value is int attempts:
                    faults.Check(attempts is >= 1 and <= 1000, Rules.BadDefault, faults.Argument(name), name, attempts, "use 1 to 1000");
                    yield return FormattableString.Invariant($"MaxAttempts = {attempts}");
                    break;
                case "Priority" when value is int priority:
                    faults.Check(priority is >= 0 and <= 2, Rules.BadDefault, faults.Argument(name), name, priority, "use High, Normal or Low");
                    yield return FormattableString.Invariant($"Priority = (global::Naq.JobPriority){priority}");
                    break;
                case "Timeout" or "ResultTtl" when Duration(name) is { } duration:
                    yield return $"{name} = {duration}";
                    break;
            }
        }

        if (Retry() is { } retry)
        {
            yield return $"Retry = {retry}";
        }
    }

    private string? Retry()
    {
        var retry = "global::Naq.RetryPolicy.Default";
        if (attribute.Named("Backoff") is int backoff)
        {
            faults.Check(backoff is >= 0 and <= 2, Rules.BadDefault, faults.Argument("Backoff"), "Backoff", backoff, "use Exponential, Linear or Constant");
            retry = FormattableString.Invariant($"({retry} with {{ Backoff = (global::Naq.Backoff){backoff} }})");
        }

        var plain = retry;
        foreach (var giveUp in job.GetAttributes().Where(static a => a.AttributeClass.Is("Naq", "GiveUpOnAttribute`1")))
        {
            retry += $".GiveUpOn<{giveUp.AttributeClass!.TypeArguments[0].FullName()}>()";
        }

        return retry != plain || attribute.Named("Backoff") is not null ? retry : null;
    }

    /// <summary>A duration as an expression; null: it is not set, or no duration.</summary>
    public string? Duration(string name)
    {
        if (attribute.Named(name) is not string text)
        {
            return null;
        }

        var isValid = TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var value) && value > TimeSpan.Zero;
        faults.Check(isValid, Rules.BadDuration, faults.Argument(name), name, text);
        return isValid ? FormattableString.Invariant($"{Time}({value.Ticks}L)") : null;
    }
}
