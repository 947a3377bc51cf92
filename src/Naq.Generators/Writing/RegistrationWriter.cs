using Naq.Generators.Reading;

namespace Naq.Generators.Writing;

/// <summary>Writes <c>AddJobs()</c>: one registration a handler class, one delegate a handler.</summary>
internal static class RegistrationWriter
{
    private const string Done = "global::Naq.JobOutcome.Done";

    public static string Write(string method, IEnumerable<HandlerModel> handlers)
    {
        var sorted = handlers.OrderBy(static h => h.Job, StringComparer.Ordinal).ThenBy(static h => h.Target, StringComparer.Ordinal).ToList();
        var source = new Source()
            .Line()
            .Open("namespace Naq")
            .Line("/// <summary>The jobs of this assembly.</summary>")
            .Line(JobWriter.Generated)
            .Open($"internal static class {method}Extension")
            .Line("/// <summary>Adds every [JobHandler] of this assembly, with its class.</summary>")
            .Open($"internal static global::Naq.NaqBuilder {method}(this global::Naq.NaqBuilder naq)");
        foreach (var target in sorted.Where(static h => !h.IsStatic).Select(static h => h.Target).Distinct(StringComparer.Ordinal))
        {
            _ = source.Line(
                $"global::Microsoft.Extensions.DependencyInjection.Extensions.ServiceCollectionDescriptorExtensions.TryAddScoped<{target}>(naq.Services);");
        }

        foreach (var handler in sorted)
        {
            Write(source, handler);
        }

        return source.Line("return naq;").Close().Close().Close().ToString();
    }

    private static void Write(Source source, HandlerModel handler)
    {
        var target = handler.IsStatic
            ? handler.Target
            : $"global::Microsoft.Extensions.DependencyInjection.ServiceProviderServiceExtensions.GetRequiredService<{handler.Target}>(services)";
        var call = $"{target}.{handler.Method}({string.Join(", ", handler.Arguments)})";
        var (isAsync, body) = Body(handler, call);
        _ = source
            .Open($"_ = naq.AddHandler<{handler.Job}>(static {(isAsync ? "async " : "")}(job, context, services, ct) =>");
        foreach (var line in body)
        {
            _ = source.Line(line);
        }

        _ = source.Close(");");
    }

    private static (bool IsAsync, string[] Body) Body(HandlerModel handler, string call) => handler.Returns switch
    {
        Returns.Nothing => (false, [$"{call};", $"return new({Done});"]),
        Returns.Task => (true, [$"await {call}.ConfigureAwait(false);", $"return {Done};"]),
        Returns.Outcome or Returns.TaskOfOutcome => (false, [$"return new({call});"]),
        Returns.ValueTaskOfOutcome => (false, [$"return {call};"]),
        Returns.Result => (false, [$"return new(global::Naq.JobOutcome.DoneWith({call}, {handler.Job}.ResultJson));"]),
        Returns.TaskOfResult =>
            (true, [$"return global::Naq.JobOutcome.DoneWith(await {call}.ConfigureAwait(false), {handler.Job}.ResultJson);"]),
        _ => throw new InvalidOperationException($"No such return: {handler.Returns}."),
    };
}
