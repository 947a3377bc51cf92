using System.CommandLine;
using Naq.Cli.Configuring;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Parsing;
using Naq.Cli.Shells;

namespace Naq.Cli.Commands.Setup;

internal sealed class ConfigShowCommand : NaqCommand
{
    private readonly Option<bool> _origin = Opt.Flag("--origin", "Say of each where it comes from: a flag, the environment, naq.json, or nowhere.");

    public ConfigShowCommand() : base("show", "Show every setting as a command started here would find it; secrets are masked, and nothing is opened.") => Add(_origin);

    protected override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        var settings = new SettingsInForce(run.Shell, run.BrokerFlag).All()
            .Select(static s => new SettingDocument(s.Name, s.Value, Choice.NameOf(s.Origin), s.Source));
        await run.Output.ManyAsync(run.Get(_origin) ? SettingDocument.WithOrigin : SettingDocument.View, settings, ct).ConfigureAwait(false);
        return ExitCodes.Ok;
    }
}
