using System.CommandLine;
using System.CommandLine.Parsing;
using Naq.Cli.Benchmarks;
using Naq.Cli.Benchmarks.Raw;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Parsing;
using Naq.Cli.Shells;

namespace Naq.Cli.Commands.Working;

internal sealed class BenchCommand : NaqCommand
{
    private readonly Option<int?> _jobs = Opt.Number("--jobs", "Jobs of each rate (default 50000); fewer than some thousands are a smoke test.", 1, 10_000_000);
    private readonly Option<int?> _runs = Opt.Number("--runs", "How often all of it; medians are printed (default 3).", 1, 100);
    private readonly Option<string?> _dir = Opt.Text("--dir", "FOLDER", "Where the files are made, in a folder of their own (default: the working directory).");
    private readonly Option<string[]> _scenario = new("--scenario")
    {
        Description = $"Only these: {string.Join(", ", Scenarios.Names)} (default: all but {string.Join(", ", Scenarios.OnlyNamed)}). What they are compared with runs too.",
        HelpName = "NAME",
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.OneOrMore,
        CustomParser = static result => [.. result.Tokens.Select(token => RequireScenario(result, token.Value))],
    };

    private readonly Option<string?> _compare = Opt.Text("--compare", "FILE", "An earlier result (-o json) of this machine: how each figure has changed, and whether its ranges overlap.");

    private readonly Option<bool> _rawConsumer = new(RawConsumerProcess.Option) { Hidden = true };

    public BenchCommand() : base("bench", "Measure Naq on SQLite, or with --broker nats on NATS, beside the raw engine. Takes some minutes; figures only, no verdict.")
    {
        Add(_jobs);
        Add(_runs);
        Add(_scenario);
        Add(_dir);
        Add(_compare);
        Add(_rawConsumer);
    }

    protected override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        if (run.Get(_rawConsumer))
        {
            await RawConsumerProcess.RunAsync(run, ct).ConfigureAwait(false);
            return ExitCodes.Ok;
        }

        var earlier = run.Get(_compare) is { } file ? EarlierRun.Read(file, run.Shell.Directory) : null;
        var folder = MakeFolder(Path.GetFullPath(run.Get(_dir) ?? ".", run.Shell.Directory), run.Shell.Random);
        try
        {
            var engine = await BenchEngine.OpenAsync(run, folder, ct).ConfigureAwait(false);
            await using (engine.ConfigureAwait(false))
            {
                var options = new BenchOptions { Scenarios = Scenarios.Select(run.Get(_scenario) ?? [], engine) };
                options = options with { Jobs = run.Get(_jobs) ?? options.Jobs, Runs = run.Get(_runs) ?? options.Runs };
                var result = await new BenchRun(run, engine, options).RunAsync(ct).ConfigureAwait(false);
                await PrintAsync(run, earlier is null ? result : earlier.Beside(result), ct).ConfigureAwait(false);
                return ExitCodes.Ok;
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task PrintAsync(Invocation run, BenchDocument result, CancellationToken ct)
    {
        switch (run.Output.Format)
        {
            case OutputFormat.Json:
                run.Output.Line(BenchDocument.View, result);
                return;
            case OutputFormat.Ndjson:
                run.Output.Line(MachineDocument.View, result.Machine);
                if (result.Earlier is { } line)
                {
                    run.Output.Line(EarlierDocument.View, line);
                }

                break;
            case OutputFormat.Table:
                await run.Shell.Out.WriteLineAsync(result.Machine.ToString()).ConfigureAwait(false);
                if (result.Earlier is { } earlier)
                {
                    await run.Shell.Out.WriteLineAsync(Printable.Escape(earlier.ToString())).ConfigureAwait(false);
                }

                break;
        }

        await run.Output.ManyAsync(result.Earlier is null ? FigureDocument.View : FigureDocument.ComparedView, result.Figures, ct).ConfigureAwait(false);
    }

    private static string MakeFolder(string parent, Random random)
    {
        try
        {
            return Directory.Exists(parent)
                ? Directory.CreateDirectory(Path.Combine(parent, $"naq-bench-{random.Next():x8}")).FullName
                : throw new NaqConfigurationException($"--dir '{parent}' does not exist. Make it, or correct the path.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NaqConfigurationException($"The files cannot be made in '{parent}': {error.Message} Name another folder with --dir.", error);
        }
    }

    private static string RequireScenario(ArgumentResult result, string name)
    {
        if (!Scenarios.Names.Contains(name))
        {
            result.AddError($"--scenario '{name}' is not one of {string.Join(", ", Scenarios.Names)}.{Nearest.DidYouMean(name, Scenarios.Names)}");
        }

        return name;
    }
}
