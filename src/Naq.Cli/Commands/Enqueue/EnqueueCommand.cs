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

internal sealed class EnqueueCommand : NaqCommand
{
    private const int ChunkSize = 1000;

    private readonly Argument<string?> _type = new("type")
    {
        HelpName = "TYPE",
        Description = "The job type: a built-in one (naq.sleep …) or one of your own.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Argument<string?> _payload = new("payload")
    {
        HelpName = "PAYLOAD",
        Description = "The job's data in JSON (default: {}).",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly JobOptions _options = new();
    private readonly Option<int?> _count = Opt.Number("--count", "Enqueue so many such jobs (default 1).", 1, 10_000_000);
    private readonly Option<bool> _stdin = Opt.Flag("--stdin", "Read one job a line from stdin: {\"type\": …, \"queue\", \"payload\", \"delay\", \"run_at\", \"unique\", \"attempts\", \"priority\", \"timeout\"}.");

    public EnqueueCommand() : base("enqueue", "Enqueue jobs; each is printed once it is durable.")
    {
        Add(_type);
        Add(_payload);
        _options.AddTo(this);
        Add(_count);
        Add(_stdin);
        Validators.Add(result =>
        {
            if (result.Has(_stdin) == result.Has(_type))
            {
                result.AddError("name the job's TYPE, or say --stdin.");
            }
        });
    }

    protected override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        var options = _options.Read(run);
        if (run.Get(_stdin))
        {
            var bulk = new StdinEnqueue(run, options);
            return await bulk.RunAsync(ct).ConfigureAwait(false);
        }

        // Everything is checked before the broker is opened: a bad job touches nothing.
        var type = BuiltInJobs.RequireKnown(run.Get(_type)!); // the validator has seen it
        var payload = Encoding.UTF8.GetBytes(run.Get(_payload) ?? "{}");
        var first = Assemble(run, type, payload, options);
        BuiltInJobs.RequirePayload(type, payload);

        var enqueuer = new Enqueuer(await run.EnqueuePathAsync(ct).ConfigureAwait(false), run.Shell.Time);
        var left = run.Get(_count) ?? 1;
        for (NewJob? next = first; left > 0; next = null)
        {
            var chunk = new NewJob[Math.Min(left, ChunkSize)];
            for (var i = 0; i < chunk.Length; i++)
            {
                chunk[i] = i == 0 && next is not null ? next : Assemble(run, type, payload, options);
            }

            await StoreAsync(run, enqueuer, chunk, ct).ConfigureAwait(false);
            left -= chunk.Length;
        }

        return ExitCodes.Ok;
    }

    private static NewJob Assemble(Invocation run, string type, byte[] payload, EnqueueOptions options) =>
        JobAssembly.Assemble(type, payload, null, options, run.Shell.Time);

    private static async ValueTask StoreAsync(Invocation run, Enqueuer enqueuer, NewJob[] jobs, CancellationToken ct)
    {
        var results = await enqueuer.StoreAsync(jobs, ct).ConfigureAwait(false);
        for (var i = 0; i < jobs.Length; i++)
        {
            if (Enqueuer.Refusal(results[i].Status, jobs[i].Queue) is { } refusal)
            {
                throw new QueueFullException(refusal);
            }

            var answer = new EnqueueAnswer(results[i].Id.ToString(), results[i].Status == EnqueueStatus.Duplicate);
            if (run.Output.Format == OutputFormat.Table)
            {
                await run.Shell.Out.WriteLineAsync(answer.Duplicate ? $"{answer.Id} duplicate" : answer.Id).ConfigureAwait(false);
            }
            else
            {
                run.Output.Line(EnqueueAnswer.View, answer);
            }
        }

        await run.Shell.Out.FlushAsync(ct).ConfigureAwait(false);
    }
}
