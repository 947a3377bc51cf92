/// <summary>What an acknowledged enqueue survives.</summary>
internal enum Durability
{
    Volatile,
    Processes,
    Fsynced,
}

internal enum ServerKind
{
    None,
    RedisEverySecond,
    RedisAlways,
    Postgres,
    NatsEveryTwoMinutes,
    NatsAlways,
}

internal enum Library
{
    Naq,
    Hangfire,
    Sidekiq,
    BullMq,
    Celery,
}

/// <summary>A row of the table.</summary>
/// <param name="Key">What <c>--only</c> names it by.</param>
/// <param name="Storage">How the table calls what it stores in.</param>
/// <param name="Jobs">How many are drained: some seconds' worth.</param>
/// <param name="Url">Makes of the server's port and the run's folder what the program is told.</param>
/// <param name="Workers">Worker processes, which share the slots.</param>
/// <param name="Whole">Producer and worker are one process, for there is nothing between processes.</param>
internal sealed record Peer(
    string Key, Library Library, string Storage, Durability Durability, ServerKind Server, int Jobs, Func<int, string, string> Url, int Workers = 1, bool Whole = false)
{
    private const string EverySecond = "Redis, AOF `everysec`";
    private const string Always = "Redis, AOF `always`";

    public string Name => Library is Library.BullMq ? "BullMQ" : Library.ToString();

    public static IReadOnlyList<Peer> All { get; } =
    [
        new("hangfire-memory", Library.Hangfire, "memory of the process", Durability.Volatile, ServerKind.None, 150_000, static (_, _) => "memory", Whole: true),
        new("naq-normal", Library.Naq, "SQLite `normal`", Durability.Processes, ServerKind.None, 1_000_000, static (_, folder) => $"normal={folder}/naq.db"),
        new("naq-nats", Library.Naq, "NATS, sync 2 min", Durability.Processes, ServerKind.NatsEveryTwoMinutes, 400_000, static (port, _) => $"nats=nats://127.0.0.1:{port}"),
        new("sidekiq", Library.Sidekiq, EverySecond, Durability.Processes, ServerKind.RedisEverySecond, 75_000, Redis),
        new("sidekiq-2", Library.Sidekiq, EverySecond, Durability.Processes, ServerKind.RedisEverySecond, 75_000, Redis, Workers: 2),
        new("bullmq", Library.BullMq, EverySecond, Durability.Processes, ServerKind.RedisEverySecond, 75_000, Redis),
        new("bullmq-2", Library.BullMq, EverySecond, Durability.Processes, ServerKind.RedisEverySecond, 75_000, Redis, Workers: 2),
        new("celery", Library.Celery, EverySecond, Durability.Processes, ServerKind.RedisEverySecond, 8_000, Redis),
        new("hangfire-redis", Library.Hangfire, EverySecond, Durability.Processes, ServerKind.RedisEverySecond, 4_000, static (port, _) => $"redis=127.0.0.1:{port}"),
        new("naq-synced", Library.Naq, "SQLite `synced`", Durability.Fsynced, ServerKind.None, 800_000, static (_, folder) => $"synced={folder}/naq.db"),
        new("naq-full", Library.Naq, "SQLite `full`", Durability.Fsynced, ServerKind.None, 800_000, static (_, folder) => $"full={folder}/naq.db"),
        new("naq-nats-always", Library.Naq, "NATS, sync `always`", Durability.Fsynced, ServerKind.NatsAlways, 20_000, static (port, _) => $"nats=nats://127.0.0.1:{port}"),
        new("sidekiq-always", Library.Sidekiq, Always, Durability.Fsynced, ServerKind.RedisAlways, 45_000, Redis),
        new("bullmq-always", Library.BullMq, Always, Durability.Fsynced, ServerKind.RedisAlways, 30_000, Redis),
        new("bullmq-postgres", Library.BullMq, "PostgreSQL", Durability.Fsynced, ServerKind.Postgres, 10_000, static (port, _) => $"postgres://peers@127.0.0.1:{port}/postgres"),
        new("celery-always", Library.Celery, Always, Durability.Fsynced, ServerKind.RedisAlways, 4_000, Redis),
        new("hangfire-redis-always", Library.Hangfire, Always, Durability.Fsynced, ServerKind.RedisAlways, 1_500, static (port, _) => $"redis=127.0.0.1:{port}"),
        new("hangfire-postgres", Library.Hangfire, "PostgreSQL", Durability.Fsynced, ServerKind.Postgres, 600,
            static (port, _) => $"postgres=Host=127.0.0.1;Port={port};Username=peers;Database=postgres"),
    ];

    private static string Redis(int port, string folder) => $"redis://127.0.0.1:{port}/0";
}
