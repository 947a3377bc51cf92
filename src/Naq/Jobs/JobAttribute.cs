namespace Naq;

/// <summary>Makes a partial record a job: the generator adds <see cref="IJob{TSelf}"/> with its name, defaults, JSON shape and unique key.</summary>
/// <remarks>What the attribute does not set is left to the enqueue, then to Naq's defaults. All values are checked when the program is compiled.</remarks>
/// <param name="name">The stable name that crosses the wire, such as <c>images.resize</c>. Renaming the record does not touch it.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct, Inherited = false)]
public sealed class JobAttribute(string name) : Attribute
{
    /// <summary>The stable name that crosses the wire.</summary>
    public string Name { get; } = name;

    /// <value>The queue. Default: <c>default</c>.</value>
    public string Queue { get; init; } = "default";

    /// <value>The class. Default: <see cref="JobPriority.Normal"/>.</value>
    public JobPriority Priority { get; init; } = JobPriority.Normal;

    /// <value>Attempts in all, 1 to 1000. Default: 5.</value>
    public int MaxAttempts { get; init; } = 5;

    /// <value>How the delay between attempts grows. Default: <see cref="Backoff.Exponential"/>.</value>
    public Backoff Backoff { get; init; } = Backoff.Exponential;

    /// <value>The longest an attempt may run, as a <see cref="TimeSpan"/> in its constant form, such as <c>00:02:00</c>. Default: no limit.</value>
    public string? Timeout { get; init; }

    /// <value>The period of the <see cref="UniqueKeyAttribute"/>, such as <c>1.00:00:00</c>. Default: only while a job with the key is in flight.</value>
    public string? UniqueFor { get; init; }

    /// <value>How long the result is kept, such as <c>01:00:00</c>. Default: as long as the finished job's record.</value>
    public string? ResultTtl { get; init; }

    /// <value>
    /// A <see cref="System.Text.Json.Serialization.JsonSerializerContext"/> for what the generator cannot write itself. If it lists the job, it
    /// writes the whole job, with its own options; otherwise only the types that it lists. Default: none.
    /// </value>
    public Type? Json { get; init; }
}

/// <summary>Makes a job unique by this property: no second one with the same value while one is in flight. Several together make one key.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class UniqueKeyAttribute : Attribute;

/// <summary>Gives a job up at once when its handler throws a <typeparamref name="TException"/>.</summary>
/// <typeparam name="TException">This exception, or one derived from it.</typeparam>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct, AllowMultiple = true, Inherited = false)]
public sealed class GiveUpOnAttribute<TException> : Attribute where TException : Exception;

/// <summary>
/// Makes a method the handler of the job among its parameters. <see cref="JobContext"/> and <see cref="CancellationToken"/> are given by the
/// worker, every other parameter is a service of the job's scope, as is the class of an instance method.
/// </summary>
/// <remarks>
/// It may return nothing, <see cref="JobOutcome"/> or, for an <see cref="IJob{TSelf, TResult}"/>, its result; each as it is or in a
/// <see cref="Task"/> or <see cref="ValueTask"/>.
/// </remarks>
[AttributeUsage(AttributeTargets.Method)]
public sealed class JobHandlerAttribute : Attribute;
