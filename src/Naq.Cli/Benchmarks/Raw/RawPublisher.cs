using System.Text;
using NATS.Client.Core;
using Naq.Nats.Claims;
using Naq.Nats.Server;

namespace Naq.Cli.Benchmarks.Raw;

/// <summary>
/// Publishes with an acknowledgement each, many on their way at once. All answers come to one subject and are only counted: nothing is kept
/// of a message but its place in the window. One caller at a time.
/// </summary>
internal sealed class RawPublisher : IAsyncDisposable
{
    /// <summary>The broker's own.</summary>
    private const int Window = Enqueuer.Window;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Link _link;
    private readonly string _inbox;
    private readonly INatsSub<byte[]> _answers;
    private readonly Task _reading;

    /// <summary>Guards the two fields below.</summary>
    private readonly Lock _lock = new();
    private TaskCompletionSource? _waiting;
    private int _most;

    private int _onTheirWay;
    private volatile string? _refusal;

    private RawPublisher(Link link, string inbox, INatsSub<byte[]> answers)
    {
        (_link, _inbox, _answers) = (link, inbox, answers);
        _reading = ReadAsync();
    }

    public static async ValueTask<RawPublisher> OpenAsync(Link link, CancellationToken ct)
    {
        // Not below the connection's own inbox, which it keeps for its requests.
        var inbox = link.Subjects.Inbox(Guid.NewGuid().ToString("N"));
        return new(link, inbox, await link.Connection.SubscribeCoreAsync<byte[]>(inbox, cancellationToken: ct).ConfigureAwait(false));
    }

    /// <summary>Sends a message; where the window is full, once half of it is acknowledged.</summary>
    public async ValueTask SendAsync(string subject, byte[] body, NatsHeaders headers, CancellationToken ct)
    {
        if (Volatile.Read(ref _onTheirWay) >= Window)
        {
            await UntilAsync(Window / 2, ct).ConfigureAwait(false);
        }

        _ = Interlocked.Increment(ref _onTheirWay);
        await _link.Connection.PublishAsync(subject, body, headers, _inbox, cancellationToken: ct).ConfigureAwait(false);
    }

    /// <summary>Waits until everything is acknowledged.</summary>
    public Task FlushAsync(CancellationToken ct) => UntilAsync(0, ct);

    public async ValueTask DisposeAsync()
    {
        await _answers.DisposeAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
    }

    /// <summary>Waits until at most so many are on their way.</summary>
    private async Task UntilAsync(int most, CancellationToken ct)
    {
        Task acknowledged;
        lock (_lock)
        {
            _waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
            (_most, acknowledged) = (most, _waiting.Task);
            WakeIfDone();
        }

        await acknowledged.WaitAsync(Patience, _link.Time, ct).ConfigureAwait(false);
        if (_refusal is { } refusal)
        {
            throw new InvalidOperationException($"The raw engine refused a message: {refusal}");
        }
    }

    private async Task ReadAsync()
    {
        await foreach (var answer in _answers.Msgs.ReadAllAsync().ConfigureAwait(false))
        {
            if (answer.Data is not { Length: > 0 } said)
            {
                _refusal = "nobody keeps its subject";
            }
            else if (said.AsSpan().IndexOf("\"error\""u8) >= 0)
            {
                _refusal = Encoding.UTF8.GetString(said);
            }

            _ = Interlocked.Decrement(ref _onTheirWay);
            lock (_lock)
            {
                WakeIfDone();
            }
        }
    }

    private void WakeIfDone()
    {
        if (_waiting is { } waiting && Volatile.Read(ref _onTheirWay) <= _most)
        {
            _waiting = null;
            _ = waiting.TrySetResult();
        }
    }
}
