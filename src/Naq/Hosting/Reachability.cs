using Naq.Brokers;

namespace Naq;

/// <summary>Whether a broker answers: one small read, given up after two seconds.</summary>
internal static class Reachability
{
    private const string Key = "health";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Why not; null: it answers.</summary>
    public static async ValueTask<string?> FaultAsync(Broker broker, TimeProvider time, CancellationToken ct)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        try
        {
            _ = await broker.Cluster.GetAsync(Key, either.Token).AsTask().WaitAsync(either.Token).ConfigureAwait(false);
            return null;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return $"the broker has not answered within {Patience.TotalSeconds} s";
        }
        catch (NaqException error)
        {
            return error.Message;
        }
    }
}
