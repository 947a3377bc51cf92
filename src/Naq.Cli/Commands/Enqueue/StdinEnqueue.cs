using Naq.Brokers;
using Naq.Cli.Enqueueing;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Shells;

namespace Naq.Cli.Commands.Enqueue;

/// <summary><c>naq enqueue --stdin</c>: as many lines as have come go into one write; each line gets one answer, in order, once it is durable.</summary>
internal sealed class StdinEnqueue(Invocation run, EnqueueOptions defaults)
{
    private const int ChunkSize = 1000;

    private readonly List<InputLine> _lines = [];
    private readonly List<NewJob> _jobs = [];
    private readonly List<string?> _errors = [];
    private bool _hasErrors;

    public async Task<int> RunAsync(CancellationToken ct)
    {
        var enqueuer = new Enqueuer(await run.EnqueuePathAsync(ct).ConfigureAwait(false), run.Shell.Time);
        var reader = new LineReader(run.Shell.In);
        bool isMore;
        do
        {
            isMore = await reader.ReadAsync(_lines, ChunkSize, ct).ConfigureAwait(false);
            Assemble();
            Answer(_jobs.Count == 0 ? [] : await enqueuer.StoreAsync(_jobs, ct).ConfigureAwait(false));
            await run.Shell.Out.FlushAsync(ct).ConfigureAwait(false);
            _lines.Clear();
            _jobs.Clear();
            _errors.Clear();
        }
        while (isMore);

        return _hasErrors ? ExitCodes.PartlyDone : ExitCodes.Ok;
    }

    // Afterwards _errors has one entry a line, and _jobs one job for each null in it.
    private void Assemble()
    {
        foreach (var line in _lines)
        {
            try
            {
                var text = line.Text ?? throw new NaqConfigurationException($"the line is longer than {LineReader.MaxLineBytes} bytes.");
                _jobs.Add(EnqueueLine.Read(text, defaults, run.Shell.Time));
                _errors.Add(null);
            }
            catch (NaqException error)
            {
                _errors.Add(error.Message);
            }
        }
    }

    private void Answer(IReadOnlyList<EnqueueResult> results)
    {
        var next = 0;
        for (var i = 0; i < _lines.Count; i++)
        {
            var number = _lines[i].Number;
            var error = _errors[i];
            if (error is null)
            {
                var (job, result) = (_jobs[next], results[next]);
                next++;
                error = Enqueuer.Refusal(result.Status, job.Queue);
                if (error is null)
                {
                    run.Output.Line(LineAnswer.View, new(number, result.Id.ToString(), result.Status == EnqueueStatus.Duplicate));
                    continue;
                }
            }

            _hasErrors = true;
            run.Output.Line(LineError.View, new(number, error));
        }
    }
}
