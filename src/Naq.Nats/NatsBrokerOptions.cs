namespace Naq.Nats;

/// <summary>How a NATS broker is opened. Secrets are read from files or given by the program; none is ever shown.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1056", Justification = "It may be a list of addresses.")]
public sealed record NatsBrokerOptions
{
    /// <value>Where the servers are, such as <c>nats://a:4222,nats://b:4222</c>; <c>tls://</c> demands TLS.</value>
    public required string Url { get; init; }

    /// <value>The first token of every subject and, in capitals, the beginning of every stream's name: one a tenant. Default <c>naq</c>.</value>
    public string Prefix { get; init; } = "naq";

    /// <value>How long a claim lasts without extension: 1 s to 1 h. Kept in the broker when it is first opened; another value is refused later. Default: the broker's, or 30 s.</value>
    public TimeSpan? LeaseDuration { get; init; }

    /// <value>Copies of every stream, 1 to 5; for streams that are made now. Default 1.</value>
    public int Replicas { get; init; } = 1;

    /// <value>Streams in memory instead of files: gone with the server. Default false.</value>
    public bool InMemory { get; init; }

    /// <value>The most bytes of jobs that wait or run; enqueues beyond are refused, retries are not. Producers look once a second. Default: the server's limit.</value>
    public long? MaxBytes { get; init; }

    /// <value>The JetStream domain; null: the connection's own.</value>
    public string? Domain { get; init; }

    /// <value>Finished jobs are forgotten after this time. Default 7 days.</value>
    public TimeSpan KeepFinished { get; init; } = TimeSpan.FromDays(7);

    /// <value>At most so many finished jobs are kept, the oldest go first. Default 1,000,000.</value>
    public long MaxFinished { get; init; } = 1_000_000;

    /// <value>Dead letters are forgotten after this time. Default 90 days.</value>
    public TimeSpan KeepDead { get; init; } = TimeSpan.FromDays(90);

    /// <value>At most so many dead letters are kept, the oldest go first. Default 100,000.</value>
    public long MaxDead { get; init; } = 100_000;

    /// <value>A user's name; with <see cref="Password"/>.</value>
    public string? User { get; init; }

    /// <value>That user's password.</value>
    public string? Password { get; init; }

    /// <value>A token, instead of a user.</value>
    public string? Token { get; init; }

    /// <value>A file with the seed of an NKey.</value>
    public string? NKeyFile { get; init; }

    /// <value>A <c>.creds</c> file: a JWT with its key.</value>
    public string? CredentialsFile { get; init; }

    /// <value>The authority that signed the server's certificate (PEM); null: the system's.</value>
    public string? CaFile { get; init; }

    /// <value>This client's certificate (PEM); with <see cref="KeyFile"/>.</value>
    public string? CertificateFile { get; init; }

    /// <value>The key of <see cref="CertificateFile"/> (PEM).</value>
    public string? KeyFile { get; init; }

    /// <value>The server's monitoring endpoint, such as <c>http://127.0.0.1:8222</c>: <c>naq doctor</c> reads there what an acknowledgement survives. Null: it cannot.</value>
    public Uri? MonitorUrl { get; init; }

    /// <value>How often a feed looks for jobs that nobody hinted at. Tests do not wait half a minute.</value>
    internal TimeSpan WatchEvery { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The servers, without anything secret.</summary>
    internal string Address => string.Join(',', Url.Split(',').Select(static url => Uri.TryCreate(url, UriKind.Absolute, out var uri) ? $"{uri.Scheme}://{uri.Authority}" : "?"));

    /// <summary>Throws what is wrong, all at once.</summary>
    internal void Validate()
    {
        var faults = new List<string>();
        foreach (var url in Url.Split(','))
        {
            if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("nats" or "tls" or "ws" or "wss") || uri.Host.Length == 0)
            {
                // It may hold a password: it is not repeated.
                faults.Add("a NATS address is not valid: use nats://HOST:PORT or tls://HOST:PORT, several with commas between.");
            }
            else if (uri.UserInfo.Length > 0)
            {
                faults.Add($"the NATS address {uri.Scheme}://{uri.Authority} holds a user or a password, which others could read: use NAQ_NATS_USER with NAQ_NATS_PASSWORD_FILE, or NAQ_NATS_CREDS.");
            }
        }

        if (!Names.IsName(Prefix))
        {
            faults.Add($"NATS prefix '{Printable.Escape(Prefix)}' is not valid: use 1 to 64 letters, digits, '_' or '-', the first a letter or digit.");
        }

        if (LeaseDuration is { } lease && (lease < TimeSpan.FromSeconds(1) || lease > TimeSpan.FromHours(1)))
        {
            faults.Add($"lease {lease} is not within 1 s and 1 h.");
        }

        if (Replicas is < 1 or > 5)
        {
            faults.Add($"{Replicas} replicas are not possible: use 1 to 5, better 1 or 3.");
        }

        if (MaxBytes < 1 || MaxFinished < 1 || MaxDead < 1 || KeepFinished < TimeSpan.FromSeconds(1) || KeepDead < TimeSpan.FromSeconds(1))
        {
            faults.Add("a bound of the NATS broker is too small: use 1 or more, times of at least 1 s.");
        }

        foreach (var file in (string?[])[NKeyFile, CredentialsFile, CaFile, CertificateFile, KeyFile])
        {
            if (file is not null && !File.Exists(file))
            {
                faults.Add($"{Printable.Escape(file)} does not exist or cannot be read.");
            }
        }

        if ((User is null) != (Password is null))
        {
            faults.Add("a NATS user needs a password, and a password a user: set both or neither.");
        }

        if ((CertificateFile is null) != (KeyFile is null))
        {
            faults.Add("a client certificate needs its key, and a key its certificate: set both or neither.");
        }

        if (faults.Count > 0)
        {
            throw new NaqConfigurationException(string.Join('\n', faults));
        }
    }
}
