using System.CommandLine;
using System.Text;
using Naq.Brokers;
using Naq.Cli.BuiltIns;
using Naq.Cli.Enqueueing;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Parsing;
using Naq.Cli.Shells;

namespace Naq.Cli.Commands.Enqueue;

internal sealed class LoadCommand : NaqCommand
{
    private const int ChunkSize = 1000;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Report = TimeSpan.FromSeconds(5);

    private readonly Option<string?> _queue = Opt.Name("--queue", "queue", "The queue (default: default).");
    private readonly Option<int?> _jobs = Opt.Number("--jobs", "How many jobs (default 1000).", 1, 100_000_000);
    private readonly Option<double?> _rate = Opt.Positive("--rate", "PER_SECOND", "Jobs a second (default: as fast as the broker takes them).");
    private readonly Option<string?> _type = Opt.Text("--type", "TYPE", "The job type (default: naq.sleep).");
    private readonly Option<string?> _payload = Opt.Text("--payload", "JSON", "The jobs' data (default: {\"ms\": 40} for naq.sleep, else {}).");

    public LoadCommand() : base("load", "Generate load: enqueue many jobs, at a rate.")
    {
        Add(_queue);
        Add(_jobs);
        Add(_rate);
        Add(_type);
        Add(_payload);
    }

    protected override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        var type = BuiltInJobs.RequireKnown(run.Get(_type) ?? Sleep.JobType.Name);
        var payload = Encoding.UTF8.GetBytes(run.Get(_payload) ?? (type == Sleep.JobType.Name ? """{"ms": 40}""" : "{}"));
        var options = new EnqueueOptions { Queue = run.Get(_queue) };
        _ = JobAssembly.Assemble(type, payload, null, options, run.Shell.Time);
        BuiltInJobs.RequirePayload(type, payload);

        var enqueuer = new Enqueuer(await run.EnqueuePathAsync(ct).ConfigureAwait(false), run.Shell.Time);
        var (total, rate) = (run.Get(_jobs) ?? 1000, run.Get(_rate) ?? double.PositiveInfinity);
        var (done, reported) = (0, TimeSpan.Zero);
        var start = run.Shell.Time.GetTimestamp();
        while (done < total)
        {
            var elapsed = run.Shell.Time.GetElapsedTime(start);
            var due = (int)Math.Min(total, (rate * elapsed.TotalSeconds) + 1) - done;
            if (due <= 0)
            {
                await Task.Delay(Tick, run.Shell.Time, ct).ConfigureAwait(false);
                continue;
            }

            var chunk = new NewJob[Math.Min(due, ChunkSize)];
            for (var i = 0; i < chunk.Length; i++)
            {
                chunk[i] = JobAssembly.Assemble(type, payload, null, options, run.Shell.Time);
            }

            Require(await enqueuer.StoreAsync(chunk, ct).ConfigureAwait(false), chunk);
            done += chunk.Length;
            if (elapsed - reported >= Report)
            {
                reported = elapsed;
                run.Note($"{done} of {total} jobs enqueued.");
            }
        }

        var seconds = run.Shell.Time.GetElapsedTime(start).TotalSeconds;
        run.Output.One(LoadAnswer.View, new(options.Queue ?? JobAssembly.DefaultQueue, type, done, seconds, done / seconds));
        return ExitCodes.Ok;
    }

    private static void Require(IReadOnlyList<EnqueueResult> results, NewJob[] jobs)
    {
        for (var i = 0; i < jobs.Length; i++)
        {
            if (Enqueuer.Refusal(results[i].Status, jobs[i].Queue) is { } refusal)
            {
                throw new QueueFullException(refusal);
            }
        }
    }
}
