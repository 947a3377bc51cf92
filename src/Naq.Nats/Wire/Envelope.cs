using System.Globalization;
using System.Text;
using Microsoft.Extensions.Primitives;
using NATS.Client.Core;
using Naq.Brokers;

namespace Naq.Nats.Wire;

/// <summary>A job as one message: what does not stand in its subject stands in headers, the body is the payload.</summary>
internal sealed record Envelope(Address Address, string Type, byte[] Payload, string Settings, DateTimeOffset EnqueuedAt)
{
    public required JobPriority Priority { get; init; }

    public int Attempts { get; init; }

    public int Interruptions { get; init; }

    public DateTimeOffset? NotBefore { get; init; }

    public DateTimeOffset? ReadyAt { get; init; }

    public bool MayBeEarly { get; init; }

    /// <summary>Whether an earlier run has said something of itself.</summary>
    public bool IsReported { get; init; }

    /// <summary>Why the last attempt failed, or the job died; null: neither.</summary>
    public string? Reason { get; init; }

    public string? Error { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public static Envelope Of(NewJob job) => new(
        new(Stage.Ready, job.Queue, Address.LaneOf(job.Priority), job.Unique?.Hash.ToString("N"), job.Id),
        job.Type,
        job.Payload.ToArray(),
        Encoding.UTF8.GetString(job.Settings.ToBytes()),
        job.EnqueuedAt)
    {
        Priority = job.Priority,
    };

    /// <summary>Reads a job's message.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static Envelope Read(string subject, NatsHeaders? headers, byte[]? payload, string? likelyQueue = null)
    {
        headers ??= [];
        var address = Subjects.Parse(subject, likelyQueue);
        return new(address, headers[Header.Type].ToString(), payload ?? [], headers[Header.Settings].ToString(), Time(headers, Header.EnqueuedAt) ?? address.Id.MadeAt)
        {
            Priority = address.Lane is >= '0' and <= '9' ? (JobPriority)(address.Lane - '0') : (JobPriority)(Number(headers, Header.Priority) ?? 1),
            Attempts = (int)(Number(headers, Header.Attempts) ?? 0),
            Interruptions = (int)(Number(headers, Header.Interruptions) ?? 0),
            NotBefore = Time(headers, Header.NotBefore),
            ReadyAt = Time(headers, Header.ReadyAt),
            MayBeEarly = headers.ContainsKey(Header.MayBeEarly),
            IsReported = headers.ContainsKey(Header.Reported),
            Reason = Text(headers, Header.Reason),
            Error = Text(headers, Header.Error),
            StartedAt = Time(headers, Header.StartedAt),
            EndedAt = Time(headers, Header.EndedAt),
        };
    }

    /// <summary>The job's own headers. The server's are never copied: a schedule leaves some behind that would schedule again.</summary>
    public NatsHeaders Headers()
    {
        // Room for what most jobs have: the type, and an id for the server.
        var headers = new NatsHeaders(new Dictionary<string, StringValues>(3, StringComparer.Ordinal)) { [Header.Type] = Type };
        if (EnqueuedAt.ToUnixTimeMilliseconds() != Address.Id.MadeAt.ToUnixTimeMilliseconds())
        {
            headers[Header.EnqueuedAt] = Ms(EnqueuedAt);
        }

        Set(headers, Header.Attempts, Attempts);
        Set(headers, Header.Interruptions, Interruptions);
        if (Settings.Length > 0)
        {
            headers[Header.Settings] = Settings;
        }

        if (Address.Lane == Address.Alone)
        {
            headers[Header.Priority] = ((int)Priority).ToString(CultureInfo.InvariantCulture);
        }

        if (MayBeEarly)
        {
            headers[Header.MayBeEarly] = "1";
        }

        if (IsReported)
        {
            headers[Header.Reported] = "1";
        }

        Set(headers, Header.NotBefore, NotBefore);
        Set(headers, Header.ReadyAt, ReadyAt);
        Set(headers, Header.StartedAt, StartedAt);
        Set(headers, Header.EndedAt, EndedAt);
        SetText(headers, Header.Reason, Reason);
        SetText(headers, Header.Error, Error);
        return headers;
    }

    public JobSettings ReadSettings() => JobSettings.FromBytes(Encoding.UTF8.GetBytes(Settings));

    /// <summary>The job as lists show it; find adds payload and error.</summary>
    public JobSnapshot ToSnapshot(JobState state, bool isWhole) => new(Address.Id, Address.Queue, Type, state)
    {
        Priority = Priority,
        Attempts = Attempts,
        Interruptions = Interruptions,
        Reason = Reason,
        Error = isWhole ? Error : null,
        Tags = ReadSettings().Tags ?? [],
        Payload = isWhole ? Payload : default(ReadOnlyMemory<byte>),
        EnqueuedAt = EnqueuedAt,
        DueAt = state == JobState.Scheduled ? NotBefore : null,
        StartedAt = StartedAt,
        FinishedAt = state.IsFinal() ? EndedAt : null,
    };

    public static string Ms(DateTimeOffset time) => time.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);

    public static DateTimeOffset? Time(NatsHeaders headers, string name) =>
        Number(headers, name) is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;

    private static void Set(NatsHeaders headers, string name, int number)
    {
        if (number != 0)
        {
            headers[name] = number.ToString(CultureInfo.InvariantCulture);
        }
    }

    private static void Set(NatsHeaders headers, string name, DateTimeOffset? time)
    {
        if (time is { } value)
        {
            headers[name] = Ms(value);
        }
    }

    /// <summary>Foreign text may have line ends and any character: headers carry it in base64.</summary>
    private static void SetText(NatsHeaders headers, string name, string? text)
    {
        if (text is not null)
        {
            headers[name] = Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
        }
    }

    private static string? Text(NatsHeaders headers, string name) =>
        headers.TryGetValue(name, out var base64) ? Encoding.UTF8.GetString(Convert.FromBase64String(base64.ToString())) : null;

    private static long? Number(NatsHeaders headers, string name) =>
        headers.TryGetValue(name, out var text) && long.TryParse(text.ToString(), CultureInfo.InvariantCulture, out var number) ? number : null;
}
