using System.Text.Json;
using Naq.Brokers;

namespace Naq;

/// <summary>Puts a job together from payload, the type's defaults and the caller's options, and refuses what no worker could run.</summary>
internal static class JobAssembly
{
    public const int MaxPayloadBytes = 256 * 1024;
    public const int MaxPayloadDepth = 64;
    public const string DefaultQueue = "default";
    private const int MaxTags = 16;

    private static readonly JsonDocumentOptions StrictJson = new() { MaxDepth = MaxPayloadDepth, AllowDuplicateProperties = false };

    /// <summary>Writes a typed job. Its own serialiser cannot make duplicate members, so only size and depth are checked.</summary>
    public static ReadOnlyMemory<byte> Serialize<TJob>(JobType<TJob> type, TJob job)
    {
        byte[] payload;
        try
        {
            payload = JsonSerializer.SerializeToUtf8Bytes(job, type.Json);
        }
        catch (Exception error) when (error is JsonException or NotSupportedException or InvalidOperationException)
        {
            throw new JobSerializationException($"A '{type.Name}' job cannot be written as JSON: {error.Message}", error);
        }

        CheckSize(type.Name, payload.Length);
        return payload;
    }

    /// <summary>
    /// Checks, merges and stamps; the first of <paramref name="options"/>, <paramref name="unique"/> (the type's own key) and <paramref name="defaults"/>
    /// that says something counts.
    /// </summary>
    public static NewJob Assemble(string type, ReadOnlyMemory<byte> payload, EnqueueOptions? defaults, EnqueueOptions? options, TimeProvider time, Unique? unique = null)
    {
        Names.RequireJobType(type);
        if (defaults is null)
        {
            CheckForeign(type, payload);
        }

        var now = time.GetUtcNow();
        unique = options?.Unique ?? unique ?? defaults?.Unique;
        return new(
            options?.Id ?? JobId.New(time),
            type,
            Names.RequireName("queue", options?.Queue ?? defaults?.Queue ?? DefaultQueue),
            RequirePriority(options?.Priority ?? defaults?.Priority ?? JobPriority.Normal),
            payload,
            Settings(type, defaults, options))
        {
            EnqueuedAt = now,
            RunAt = RunAt(type, options, now) ?? RunAt(type, defaults, now),
            Unique = unique is null ? null : UniqueKey.Of(type, unique),
        };
    }

    /// <summary>The same job with a payload of Naq's own making: only its size is checked.</summary>
    public static NewJob WithPayload(NewJob job, ReadOnlyMemory<byte> payload)
    {
        CheckSize(job.Type, payload.Length);
        return job with { Payload = payload };
    }

    /// <summary>What a program's own middleware has made of a job: its payload is held to the rules for a foreign one.</summary>
    public static NewJob Changed(NewJob job, EnqueueingJob changed)
    {
        if (!changed.Payload.Equals(job.Payload))
        {
            CheckForeign(job.Type, changed.Payload);
        }

        var isSame = ReferenceEquals(changed.Headers, job.Settings.Headers ?? JobHeaders.None);
        return job with
        {
            Payload = changed.Payload,
            Settings = isSame ? job.Settings : job.Settings with { Headers = JobHeaders.Require(job.Type, changed.Headers) },
        };
    }

    private static void CheckSize(string type, int bytes)
    {
        if (bytes > MaxPayloadBytes)
        {
            throw new JobSerializationException(
                $"The payload of a '{type}' job has {bytes} bytes as it is stored; at most {MaxPayloadBytes} are taken. Store the data elsewhere and enqueue its address.");
        }
    }

    private static void CheckForeign(string type, ReadOnlyMemory<byte> payload)
    {
        CheckSize(type, payload.Length);
        try
        {
            using var document = JsonDocument.Parse(payload, StrictJson);
        }
        catch (JsonException error)
        {
            throw new JobSerializationException($"The payload of a '{type}' job is not valid JSON: {Printable.Escape(error.Message)}", error);
        }
    }

    private static JobPriority RequirePriority(JobPriority priority) => Enum.IsDefined(priority)
        ? priority
        : throw new NaqConfigurationException($"priority {(int)priority} is not valid: use high, normal or low.");

    private static DateTimeOffset? RunAt(string type, EnqueueOptions? options, DateTimeOffset now)
    {
        if (options is not { Delay: { } delay })
        {
            return options?.RunAt;
        }

        if (options.RunAt is not null)
        {
            throw new ArgumentException($"A '{type}' job has both Delay and RunAt. Set one.", nameof(options));
        }

        return delay >= TimeSpan.Zero && delay <= TimeSpan.FromDays(3650)
            ? now + delay
            : throw new NaqConfigurationException($"delay {delay} is not within 0 and 10 years.");
    }

    private static JobSettings Settings(string type, EnqueueOptions? defaults, EnqueueOptions? options)
    {
        var retry = options?.Retry ?? defaults?.Retry;
        var attempts = options?.MaxAttempts ?? (options?.Retry is null ? defaults?.MaxAttempts : null);
        var timeout = options?.Timeout ?? defaults?.Timeout;
        var resultTtl = options?.ResultTtl ?? defaults?.ResultTtl;
        var tags = RequireTags(type, options?.Tags ?? defaults?.Tags);
        var headers = JobHeaders.Require(type, options?.Headers ?? defaults?.Headers);
        if (retry is null && attempts is null && timeout is null && resultTtl is null && tags is null && headers is null)
        {
            return JobSettings.Default;
        }

        retry ??= RetryPolicy.Default;
        retry = attempts is { } n ? retry with { MaxAttempts = n } : retry;
        if (retry.Fault() is { } fault)
        {
            throw new NaqConfigurationException($"The retry policy of a '{type}' job is not valid: {fault}.");
        }

        if (timeout <= TimeSpan.Zero || resultTtl < TimeSpan.Zero)
        {
            throw new NaqConfigurationException($"The timeout of a '{type}' job must be above 0, and its result's time to live not below 0.");
        }

        return new()
        {
            MaxAttempts = retry.MaxAttempts,
            Backoff = retry.Backoff,
            RetryFirstMs = (long)retry.First.TotalMilliseconds,
            RetryCapMs = (long)retry.Cap.TotalMilliseconds,
            RetryDelaysMs = retry.Delays.Count == 0 ? null : [.. retry.Delays.Select(static d => (long)d.TotalMilliseconds)],
            TimeoutMs = timeout is { } t ? (long)t.TotalMilliseconds : null,
            ResultTtlMs = resultTtl is { } r ? (long)r.TotalMilliseconds : null,
            Tags = tags,
            Headers = headers,
        };
    }

    private static IReadOnlyList<string>? RequireTags(string type, IReadOnlyList<string>? tags)
    {
        if (tags is not { Count: > 0 })
        {
            return null;
        }

        if (tags.Count > MaxTags)
        {
            throw new NaqConfigurationException($"A '{type}' job has {tags.Count} tags; at most {MaxTags} are taken.");
        }

        foreach (var tag in tags)
        {
            if (tag is not { Length: >= 1 and <= 64 } || tag.Any(char.IsControl))
            {
                throw new NaqConfigurationException(
                    $"Tag '{Printable.Escape(tag)}' of a '{type}' job is not valid: use 1 to 64 characters, none of them a control character.");
            }
        }

        return tags;
    }
}
