using System.Globalization;
using Naq.Generators.Reading;

namespace Naq.Generators.Writing;

/// <summary>Writes the resolver of a job: JSON metadata for its own type and all types within it, without reflection.</summary>
internal sealed class ShapeWriter(Source source)
{
    private const string Resolver = "global::System.Text.Json.Serialization.Metadata.IJsonTypeInfoResolver";
    private const string TypeInfo = "global::System.Text.Json.Serialization.Metadata.JsonTypeInfo?";
    private const string Services = "global::System.Text.Json.Serialization.Metadata.JsonMetadataServices";
    private const string Options = "global::System.Text.Json.JsonSerializerOptions";

    private readonly List<string> _accessors = [];

    public static void Write(Source source, string name, JobModel job)
    {
        var writer = new ShapeWriter(source);
        _ = source
            .Line(JobWriter.Generated)
            .Open($"file sealed class {name} : {Resolver}")
            .Line($"public static {Options} Options {{ get; }} = global::Naq.Generated.JobJson.Options(new {name}());")
            .Line()
            .Open($"public {TypeInfo} GetTypeInfo(global::System.Type type, {Options} options)");
        foreach (var shape in job.Shapes)
        {
            writer.Write(shape);
        }

        _ = source.Line(job.Context is null ? "return null;" : $"return (({Resolver}){job.Context}.Default).GetTypeInfo(type, options);").Close();
        foreach (var accessor in writer._accessors)
        {
            _ = source.Line().Line(accessor);
        }

        _ = source.Close();
    }

    private void Write(JsonShape shape)
    {
        _ = source.Open($"if (type == typeof({shape.Type}))");
        if (shape.Object is { } shaped)
        {
            Write(shape.Type, shaped);
        }
        else
        {
            _ = source.Line($"return {shape.Expression};");
        }

        _ = source.Close().Line();
    }

    private void Write(string type, JsonObject shape)
    {
        var required = shape.Required.Count == 0 ? "" : $" {{ {string.Join(", ", shape.Required.Select(static r => $"{r} = default!"))} }}";
        _ = source.Open($"return {Services}.CreateObjectInfo<{type}>(options, new()");
        if (shape.Parameters.Count == 0)
        {
            _ = source.Line($"ObjectCreator = static () => new {type}(){required},");
        }
        else
        {
            var arguments = shape.Parameters.Select(static (p, i) => FormattableString.Invariant($"({p.Type})a[{i}]"));
            _ = source
                .Line($"ObjectWithParameterizedConstructorCreator = static a => new {type}({string.Join(", ", arguments)}){required},")
                .Line("ConstructorParameterMetadataInitializer = static () =>")
                .Line("[");
            for (var i = 0; i < shape.Parameters.Count; i++)
            {
                _ = source.Line($"    {Parameter(shape.Parameters[i], i)},");
            }

            _ = source.Line("],");
        }

        _ = source.Line("PropertyMetadataInitializer = _ =>").Line("[");
        foreach (var member in shape.Members)
        {
            Write(type, shape.IsStruct, member);
        }

        _ = source.Line("],").Close(");");
    }

    private static string Parameter(JsonParameter parameter, int position)
    {
        var fallback = parameter.Default is null ? "" : $", HasDefaultValue = true, DefaultValue = {parameter.Default}";
        return $"new() {{ Name = \"{parameter.Name}\", ParameterType = typeof({parameter.Type}), Position = {position.ToString(CultureInfo.InvariantCulture)}, "
            + $"IsNullable = {Bool(parameter.IsNullable)}{fallback} }}";
    }

    private void Write(string type, bool isStruct, JsonMember member)
    {
        var flags = (member.IsNullable ? "" : ", isNullable: false") + (member.IsRequired ? ", isRequired: true" : "")
            + (member.Order == 0 ? "" : FormattableString.Invariant($", order: {member.Order}"));
        _ = source
            .Line($"    global::Naq.Generated.JobJson.Property<{member.Type}>(options, new()")
            .Line("    {")
            .Line($"        IsProperty = true, IsPublic = true, DeclaringType = typeof({member.Owner}), PropertyName = \"{member.Name.TrimStart('@')}\",");
        if (member.JsonName is not null)
        {
            _ = source.Line($"        JsonPropertyName = {Microsoft.CodeAnalysis.CSharp.SymbolDisplay.FormatLiteral(member.JsonName, quote: true)},");
        }

        _ = source.Line($"        Getter = static o => (({type})o).{member.Name},");
        if (Setter(type, isStruct, member) is { } setter)
        {
            _ = source.Line($"        Setter = static (o, v) => {setter},");
        }

        foreach (var more in member.More)
        {
            _ = source.Line($"        {more},");
        }

        _ = source.Line($"    }}{flags}),");
    }

    private string? Setter(string type, bool isStruct, JsonMember member)
    {
        var target = isStruct ? $"global::System.Runtime.CompilerServices.Unsafe.Unbox<{type}>(o)" : $"(({type})o)";
        switch (member.Setter)
        {
            case Reading.Setter.None:
                return null;
            case Reading.Setter.Assign:
                return $"{target}.{member.Name} = v!";
            case Reading.Setter.Accessor:
                var accessor = FormattableString.Invariant($"Init{_accessors.Count}");
                _accessors.Add(
                    $"[global::System.Runtime.CompilerServices.UnsafeAccessor(global::System.Runtime.CompilerServices.UnsafeAccessorKind.Method, "
                    + $"Name = \"set_{member.Name.TrimStart('@')}\")] "
                    + $"private static extern void {accessor}({(isStruct ? "ref " : "")}{member.Owner} target, {member.Type} value);");
                return $"{accessor}({(isStruct ? "ref " : "")}{target}, v!)";
            default:
                throw new InvalidOperationException($"No such setter: {member.Setter}.");
        }
    }

    private static string Bool(bool value) => value ? "true" : "false";
}
