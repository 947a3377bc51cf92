using System.Collections.Concurrent;
using System.Text;
using NATS.Client.Core;
using Naq.Nats.Server;

namespace Naq.Nats.Records;

/// <summary>Wakes those who wait for a job's end. Listens only while somebody waits; what is missed is found by a look every few seconds.</summary>
internal sealed class Endings(Link link) : IAsyncDisposable
{
    private static readonly TimeSpan Net = TimeSpan.FromSeconds(5);

    /// <summary>An end is told of before it can be read: the job's own message is acknowledged after the event. Then it is looked for again, soon at first.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(1);

    /// <summary>It may have been told of just before anybody listened.</summary>
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<Wait, bool> _waits = [];
    private readonly SemaphoreSlim _opening = new(1, 1);
    private readonly CancellationTokenSource _end = new();
    private Task[] _listening = [];

    public async ValueTask<Wait> ListenAsync(JobId id, CancellationToken ct)
    {
        var wait = new Wait(this, id);
        _waits[wait] = true;
        await _opening.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            if (_listening.Length == 0)
            {
                var subjects = link.Subjects;
                _listening = [.. await Task.WhenAll(((string[])[subjects.Events, subjects.AllDead, subjects.AllCancelled]).Select(OpenAsync)).ConfigureAwait(false)];
            }
        }
        finally
        {
            _ = _opening.Release();
        }

        return wait;

        async Task<Task> OpenAsync(string subject) =>
            HearAsync(await link.Connection.SubscribeCoreAsync<byte[]>(subject, cancellationToken: ct).ConfigureAwait(false));
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_listening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
        _opening.Dispose();
    }

    private async Task HearAsync(INatsSub<byte[]> sub)
    {
        await using (sub.ConfigureAwait(false))
        {
            await foreach (var message in sub.Msgs.ReadAllAsync(_end.Token).ConfigureAwait(false))
            {
                foreach (var wait in _waits.Keys)
                {
                    if (message.Subject.EndsWith(wait.Id, StringComparison.Ordinal) || message.Data.AsSpan().IndexOf(wait.IdBytes) >= 0)
                    {
                        wait.Wake();
                    }
                }
            }
        }
    }

    internal sealed class Wait(Endings owner, JobId id) : IDisposable
    {
        private readonly SemaphoreSlim _woken = new(0);
        private TimeSpan _pause = First;

        public string Id { get; } = id.ToString();

        public byte[] IdBytes { get; } = Encoding.ASCII.GetBytes(id.ToString());

        public void Wake() => _woken.Release();

        /// <summary>Returns when it is time to look. One caller.</summary>
        public async ValueTask WaitAsync(TimeSpan most, CancellationToken ct)
        {
            var isTold = await _woken.WaitAsync(most < _pause ? most : _pause, ct).ConfigureAwait(false);
            _pause = isTold ? Soon : _pause * 2 < Net ? _pause * 2 : Net;
        }

        public void Dispose()
        {
            _ = owner._waits.TryRemove(this, out _);
        }
    }
}
