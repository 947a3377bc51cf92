using System.Threading.Channels;

namespace Naq.Workers;

/// <summary>One unit of a worker's concurrency: takes a claimed job, runs it, hands its end to the settler.</summary>
internal sealed class Slot(Attempts attempts, Settler settler) : IDisposable
{
    public async Task RunAsync(ChannelReader<Held> claimed)
    {
        attempts.Enter();
        while (await claimed.WaitToReadAsync().ConfigureAwait(false))
        {
            while (claimed.TryRead(out var held))
            {
                settler.End(held, await attempts.RunAsync(held).ConfigureAwait(false));
            }
        }
    }

    public void Dispose() => attempts.Dispose();
}
