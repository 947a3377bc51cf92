using NATS.Client.Core;

namespace Naq.Nats.Server;

/// <summary>The deadline of a call, and its end in the one exception that callers know.</summary>
internal static class Failures
{
    /// <summary>Longer than a request's own deadline: without a connection a request waits for one first.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <exception cref="BrokerUnavailableException">The server did not do it, for whatever reason.</exception>
    public static async ValueTask<T> GuardAsync<T>(Link link, Func<CancellationToken, ValueTask<T>> act, CancellationToken ct)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limited.CancelAfter(Patience);
        try
        {
            return await act(limited.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (IsOperational(error, ct))
        {
            throw Unavailable(link, error);
        }
    }

    public static bool IsOperational(Exception error, CancellationToken ct) =>
        error is NatsException or TimeoutException or ObjectDisposedException || (error is OperationCanceledException && !ct.IsCancellationRequested);

    public static BrokerUnavailableException Unavailable(Link link, Exception error)
    {
        if (link.Refusal is { } refusal)
        {
            return new($"{link.Options.Address} does not permit it: {refusal}. Use a user whose role may do it.", error);
        }

        var why = error is OperationCanceledException or TimeoutException ? "it did not answer in time" : Printable.Escape(error.Message);
        return new($"{link.Options.Address} cannot be used now: {why}", error);
    }
}
