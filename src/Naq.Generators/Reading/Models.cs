namespace Naq.Generators.Reading;

/// <summary>All that the source of one job is written from. Values only: no symbol, no syntax, no location.</summary>
internal sealed record JobModel(string Namespace, EquatableArray<string> Containers, string Declaration, string Name, string FullName, string JobName)
{
    /// <summary>The initializers of the job's <c>EnqueueOptions</c>.</summary>
    public EquatableArray<string> Defaults { get; init; }

    /// <summary>The expressions of its unique key; empty: none.</summary>
    public EquatableArray<string> UniqueKey { get; init; }

    public string? UniqueFor { get; init; }

    /// <summary>The type of its result; null: it has none.</summary>
    public string? Result { get; init; }

    /// <summary>The user's <c>JsonSerializerContext</c>; null: none.</summary>
    public string? Context { get; init; }

    public bool IsWrittenByContext { get; init; }

    public bool IsResultWrittenByContext { get; init; }

    public EquatableArray<JsonShape> Shapes { get; init; }
}

/// <summary>How one type is written as JSON: an expression, or an object.</summary>
internal sealed record JsonShape(string Type, string? Expression, JsonObject? Object);

internal sealed record JsonObject(bool IsStruct, EquatableArray<JsonParameter> Parameters, EquatableArray<JsonMember> Members)
{
    /// <summary>Members that C# wants in an initializer.</summary>
    public EquatableArray<string> Required { get; init; }
}

internal sealed record JsonParameter(string Name, string Type, bool IsNullable, string? Default);

internal sealed record JsonMember(string Name, string? JsonName, string Type, string Owner)
{
    public Setter Setter { get; init; }

    public bool IsNullable { get; init; }

    public bool IsRequired { get; init; }

    public int Order { get; init; }

    /// <summary>Further members of <c>JsonPropertyInfoValues</c>.</summary>
    public EquatableArray<string> More { get; init; }
}

internal enum Setter
{
    None,

    Assign,

    /// <summary>Init-only: C# code may not call it after construction, an unsafe accessor may.</summary>
    Accessor,
}

/// <summary>All that the registration of one handler is written from.</summary>
/// <param name="Job">The job's full name.</param>
/// <param name="Target">The class of the method.</param>
/// <param name="Method">The method's name.</param>
/// <param name="IsStatic">Whether no instance is needed.</param>
/// <param name="Returns">What it returns.</param>
/// <param name="Arguments">The expressions that it is called with.</param>
internal sealed record HandlerModel(string Job, string Target, string Method, bool IsStatic, Returns Returns, EquatableArray<string> Arguments);

internal enum Returns
{
    Nothing,
    Task,
    Outcome,
    TaskOfOutcome,
    ValueTaskOfOutcome,
    Result,
    TaskOfResult,
}
