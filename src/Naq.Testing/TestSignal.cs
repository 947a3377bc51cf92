using System.Threading.Channels;

namespace Naq.Testing;

/// <summary>Lets a test wait for what other code does, with a deadline, instead of sleeping. Safe for concurrent use.</summary>
/// <typeparam name="T">What is told with each signal.</typeparam>
public sealed class TestSignal<T>
{
    private static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(30);

    private readonly Channel<T> _signals = Channel.CreateUnbounded<T>();

    /// <summary>Says that it has happened. Never waits.</summary>
    public void Signal(T value) => _ = _signals.Writer.TryWrite(value);

    /// <summary>Waits for the next signal that nobody has waited for; those that came before the call count.</summary>
    /// <param name="patience">Real time. Default: 30 seconds.</param>
    /// <param name="ct">Gives up.</param>
    /// <exception cref="HarnessException">None came in time.</exception>
    public async Task<T> WaitAsync(TimeSpan? patience = null, CancellationToken ct = default)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limited.CancelAfter(patience ?? DefaultPatience);
        try
        {
            return await _signals.Reader.ReadAsync(limited.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new HarnessException($"No signal came within {patience ?? DefaultPatience}.");
        }
    }
}
