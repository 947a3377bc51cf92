using System.Globalization;
using System.Text;
using NATS.Client.Core;
using Naq.Brokers;

namespace Naq.Nats;

/// <summary>A job as one message: what does not stand in its subject stands in headers, the body is the payload.</summary>
internal sealed record Envelope(Address Address, string Type, byte[] Payload, string Settings, DateTimeOffset EnqueuedAt)
{
    public int Attempts { get; init; }

    public int Interruptions { get; init; }

    public DateTimeOffset? NotBefore { get; init; }

    public bool MayBeEarly { get; init; }

    /// <summary>Why the last attempt failed, or the job died; null: neither.</summary>
    public string? Reason { get; init; }

    public string? Error { get; init; }

    public static Envelope Of(NewJob job) => new(
        new(Stage.Ready, job.Queue, job.Priority, job.Unique is { } unique ? Convert.ToHexStringLower(unique.Hash.Span) : null, job.Id),
        job.Type,
        job.Payload.ToArray(),
        Encoding.UTF8.GetString(job.Settings.ToBytes()),
        job.EnqueuedAt);

    public static Envelope Read(string subject, NatsHeaders? headers, byte[]? payload)
    {
        headers ??= [];
        var (type, settings) = (headers[Header.Type].ToString(), headers[Header.Settings].ToString());
        return new(Subjects.Parse(subject), type, payload ?? [], settings, Time(headers, Header.EnqueuedAt) ?? default)
        {
            Attempts = (int)(Number(headers, Header.Attempts) ?? 0),
            Interruptions = (int)(Number(headers, Header.Interruptions) ?? 0),
            NotBefore = Time(headers, Header.NotBefore),
            MayBeEarly = headers.ContainsKey(Header.MayBeEarly),
            Reason = Text(headers, Header.Reason),
            Error = Text(headers, Header.Error),
        };
    }

    /// <summary>The job's own headers. The server's are never copied: a schedule leaves some behind that would schedule again.</summary>
    public NatsHeaders Headers()
    {
        var headers = new NatsHeaders
        {
            [Header.Type] = Type,
            [Header.EnqueuedAt] = Ms(EnqueuedAt),
            [Header.Attempts] = Attempts.ToString(CultureInfo.InvariantCulture),
            [Header.Interruptions] = Interruptions.ToString(CultureInfo.InvariantCulture),
        };
        if (Settings.Length > 0)
        {
            headers[Header.Settings] = Settings;
        }

        if (NotBefore is { } time)
        {
            headers[Header.NotBefore] = Ms(time);
        }

        if (MayBeEarly)
        {
            headers[Header.MayBeEarly] = "1";
        }

        SetText(headers, Header.Reason, Reason);
        SetText(headers, Header.Error, Error);
        return headers;
    }

    public JobSettings ReadSettings() => JobSettings.FromBytes(Encoding.UTF8.GetBytes(Settings));

    public static string Ms(DateTimeOffset time) => time.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);

    public static DateTimeOffset? Time(NatsHeaders headers, string name) =>
        Number(headers, name) is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;

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
        long.TryParse(headers[name].ToString(), CultureInfo.InvariantCulture, out var number) ? number : null;
}
