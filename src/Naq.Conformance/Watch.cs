namespace Naq.Conformance;

/// <summary>A watch in the hands of a test.</summary>
internal sealed class Watch : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = Patience.Start();
    private readonly IAsyncEnumerator<ClusterChange> _changes;
    private Task<bool> _moving = Task.FromResult(true);

    public Watch(IClusterStore cluster, string prefix) => _changes = cluster.WatchAsync(prefix, _end.Token).GetAsyncEnumerator(_end.Token);

    /// <summary>Waits for the next change. Watches from the time of the call.</summary>
    public async Task<ClusterChange> NextAsync()
    {
        _moving = _changes.MoveNextAsync().AsTask();
        Assert.True(await _moving);
        return _changes.Current;
    }

    public Task CancelAsync() => _end.CancelAsync();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await ((Task)_moving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _changes.DisposeAsync();
        _end.Dispose();
    }
}
