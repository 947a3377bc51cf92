using System.CommandLine;
using Naq.Cli.Invoking;
using Naq.Cli.Parsing;
using Naq.Cli.Shells;
using Naq.Scaling.Decisions.Deciders;

namespace Naq.Cli.Commands.Scaling;

/// <summary><c>autoscale decide --stdio</c>.</summary>
internal sealed class DecideCommand : NaqCommand
{
    private readonly Option<bool> _stdio = Opt.Flag("--stdio", "Read observations from stdin and answer on stdout, a JSON object a line.");
    private readonly PolicyOptions _policies = new();
    private readonly Option<string?> _record = Opt.Text("--record", "FILE", "Write who decides, every line and its answer to this file, for naq scale replay, naq scale diff and naq simulate.");

    public DecideCommand() : base("decide", "The decision engine as a filter, for another orchestrator, a simulator or a test: observations in, numbers of workers out.")
    {
        Add(_stdio);
        _policies.AddTo(this);
        Add(_record);
    }

    protected override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        if (!run.Get(_stdio))
        {
            throw new NaqConfigurationException("decide reads observations: run naq autoscale decide --stdio.");
        }

        var choice = _policies.Read(run) ?? PolicyChoice.Auto;
        using var filter = new DecisionFilter(init => new EngineDecider(choice.Pool(init), init));
        using var record = run.Get(_record) is { } file ? Recording.Create(Path.GetFullPath(file, run.Shell.Directory), choice) : null;
        using var lines = new StreamReader(run.Shell.In, leaveOpen: true);
        while (await lines.ReadLineAsync(ct).ConfigureAwait(false) is { } line)
        {
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            var answer = filter.Answer(line);
            record?.Write(line, answer);
            await run.Shell.Out.WriteLineAsync(answer.AsMemory(), ct).ConfigureAwait(false);
            await run.Shell.Out.FlushAsync(ct).ConfigureAwait(false);
        }

        return ExitCodes.Ok;
    }
}
