using Microsoft.CodeAnalysis.CSharp;
using Naq.Generators.Reading;

namespace Naq.Generators.Writing;

/// <summary>Writes the other half of a job: its <c>JobType</c>, its result's shape, and the JSON metadata behind both.</summary>
internal static class JobWriter
{
    /// <summary>Marks what is written; without a version, so that a new one does not change every file.</summary>
    public const string Generated = "[global::System.CodeDom.Compiler.GeneratedCode(\"Naq.Generators\", null)]";

    private const string JobJson = "global::Naq.Generated.JobJson";

    /// <summary>The name of the generated file.</summary>
    public static string FileName(JobModel job) => job.FullName.Replace("global::", "").Replace("@", "") + ".g.cs";

    public static string Write(JobModel job)
    {
        var source = new Source();
        if (job.Namespace.Length > 0)
        {
            _ = source.Line().Open($"namespace {job.Namespace}");
        }

        foreach (var container in job.Containers)
        {
            _ = source.Open(container);
        }

        WriteJob(source, job);
        for (var i = 0; i < job.Containers.Count; i++)
        {
            _ = source.Close();
        }

        if (NeedsMetadata(job))
        {
            ShapeWriter.Write(source.Line(), MetadataName(job), job);
        }

        return (job.Namespace.Length > 0 ? source.Close() : source).ToString();
    }

    private static void WriteJob(Source source, JobModel job)
    {
        _ = source
            .Open($"{job.Declaration} : global::Naq.IJob<{job.FullName}>")
            .Line("/// <inheritdoc/>")
            .Line(Generated)
            .Line($"public static global::Naq.JobType<{job.FullName}> JobType {{ get; }} = new(")
            .Line($"    {SymbolDisplay.FormatLiteral(job.JobName, quote: true)},")
            .Line($"    {TypeInfo(job, job.FullName, job.IsWrittenByContext)},")
            .Line($"    {Defaults(job)}){Unique(job)};");
        if (job.Result is not null)
        {
            _ = source
                .Line()
                .Line("/// <inheritdoc/>")
                .Line(Generated)
                .Line($"public static global::System.Text.Json.Serialization.Metadata.JsonTypeInfo<{job.Result}> ResultJson {{ get; }} =")
                .Line($"    {TypeInfo(job, job.Result, job.IsResultWrittenByContext)};");
        }

        _ = source.Close();
    }

    private static string TypeInfo(JobModel job, string type, bool byContext) =>
        $"{JobJson}.TypeInfo<{type}>({(byContext ? $"{job.Context}.Default" : $"{MetadataName(job)}.Options")})";

    private static string Defaults(JobModel job) => job.Defaults.Count == 0 ? "new()" : $"new() {{ {string.Join(", ", job.Defaults)} }}";

    private static string Unique(JobModel job)
    {
        if (job.UniqueKey.Count == 0)
        {
            return "";
        }

        var key = job.UniqueKey.Count == 1 ? job.UniqueKey[0] : $"global::Naq.Generated.JobKey.Join({string.Join(", ", job.UniqueKey)})";
        var period = job.UniqueFor is null ? "" : $", UniqueFor = {job.UniqueFor}";
        return $" {{ UniqueKey = static job => {key}{period} }}";
    }

    private static bool NeedsMetadata(JobModel job) => !job.IsWrittenByContext || (job.Result is not null && !job.IsResultWrittenByContext);

    private static string MetadataName(JobModel job) => "NaqJsonOf" + job.Name;
}
