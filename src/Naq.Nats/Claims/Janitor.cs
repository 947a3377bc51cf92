using Microsoft.Extensions.Logging;
using Naq.Brokers;
using Naq.Nats.Queues;
using Naq.Nats.Server;
using Naq.Nats.Wire;

namespace Naq.Nats.Claims;

/// <summary>Ends what nobody else would: jobs whose worker died while they ran alone, and jobs that were to be cancelled when it did.</summary>
/// <remarks>Runs in every process that has had a feed open, four times a lease; does nothing where there is nothing of the kind.</remarks>
internal sealed partial class Janitor(Link link, IClusterStore cluster, QueueList queues, Settler settler, Func<IEnumerable<NatsClaim>> running, ILogger log) : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _lock = new();
    private Task? _running;

    public void Start()
    {
        lock (_lock)
        {
            _running ??= RunAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await (_running ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private async Task RunAsync()
    {
        while (true)
        {
            await Task.Delay(link.Lease / 4, link.Time, _end.Token).ConfigureAwait(false);
            try
            {
                foreach (var claim in running().Where(claim => claim is { IsCancelRequested: true, IsOpen: true } && claim.Overdue(link.Time) > TimeSpan.Zero))
                {
                    claim.End();
                    await settler.CancelAsync(claim, _end.Token).ConfigureAwait(false);
                }

                foreach (var queue in queues.All.Where(static queue => queue.Value.Lanes.Contains(Address.Alone, StringComparison.Ordinal)).Select(static queue => queue.Key))
                {
                    await JudgeAsync(queue, _end.Token).ConfigureAwait(false);
                }
            }
            catch (Exception error) when (Failures.IsOperational(error, _end.Token) || error is BrokerUnavailableException)
            {
                LogPutOff(error);
            }
        }
    }

    /// <summary>A lone job that is claimed while nobody has its queue's turn has lost its worker.</summary>
    private async ValueTask JudgeAsync(string queue, CancellationToken ct)
    {
        if ((await queues.InfoAsync(queue, Address.Alone, ct).ConfigureAwait(false)).NumAckPending == 0
            || await cluster.GetAsync(LoneTurn.KeyOf(queue), ct).ConfigureAwait(false) is not null)
        {
            return;
        }

        var consumer = await link.Reading.GetConsumerAsync(link.JobsStream, QueueList.Name(queue, Address.Alone), ct).ConfigureAwait(false);
        if (await consumer.NextAsync<byte[]>(opts: new() { Expires = TimeSpan.FromSeconds(1) }, cancellationToken: ct).ConfigureAwait(false) is not { ReplyTo: { } reply } message)
        {
            return;
        }

        var claim = new NatsClaim(null, reply, AckSubject.Parse(reply), Envelope.Read(message.Subject, message.Headers, message.Data));
        claim.HoldSince(link.Time.GetTimestamp(), link.Lease, link.Time);
        if (claim.LostDeliveries > 0 && !await settler.IsOverAsync(claim, ct).ConfigureAwait(false))
        {
            await settler.ConvictAsync(claim, ct).ConfigureAwait(false);
        }
        else
        {
            // It ended meanwhile, and this is the next one: back to where it was.
            var handBack = new Settlement(new(claim.Id, claim.Fence, (long)claim.Sequence, claim), SettleKind.HandBack);
            _ = await settler.SettleAsync([handBack], ct).ConfigureAwait(false);
        }
    }

    [LoggerMessage(2130, LogLevel.Debug, "Jobs that ran alone could not be looked after now; later again")]
    private partial void LogPutOff(Exception error);
}
