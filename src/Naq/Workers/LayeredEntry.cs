namespace Naq.Workers;

/// <summary>A handler with middleware around it: first what sees the payload, then, once that was read, what sees the job.</summary>
internal sealed class LayeredEntry<TJob>(HandlerEntry<TJob> handler, OuterLayer[] outer, InnerLayer<TJob>[] inner) : HandlerEntry where TJob : IJob<TJob>
{
    public override string Type => handler.Type;

    public override RetryPolicy? Retry => handler.Retry;

    public override HandlerEntry Handler => handler;

    public override ValueTask<JobOutcome> RunAsync(IServiceProvider scope, ReadOnlyMemory<byte> payload, JobContext context, CancellationToken ct) =>
        OuterAsync(new(context, payload, scope), 0, ct);

    private ValueTask<JobOutcome> OuterAsync(RunningJob job, int layer, CancellationToken ct) => layer < outer.Length
        ? outer[layer].Resolve(job.Services).RunAsync(job, token => OuterAsync(job, layer + 1, token), ct)
        : InnerAsync(HandlerEntry<TJob>.Read(job.Payload), job, 0, ct);

    private ValueTask<JobOutcome> InnerAsync(TJob job, RunningJob running, int layer, CancellationToken ct) => layer < inner.Length
        ? inner[layer].Resolve(running.Services).RunAsync(job, running, token => InnerAsync(job, running, layer + 1, token), ct)
        : handler.HandleAsync(running.Services, job, running.Context, ct);
}
