using System.CommandLine;
using System.Net;
using Naq.Cli.Invoking;
using Naq.Cli.Parsing;
using Naq.Cli.Probing;

namespace Naq.Cli.Commands.Working;

/// <summary><c>--health-port</c> and <c>--health-host</c>, for the commands that run until they are stopped.</summary>
internal sealed class HealthOptions
{
    private const int MaxPort = 65535;

    private readonly Option<int?> _port = Opt.Number("--health-port", "Serve /livez, /readyz and /metrics (Prometheus) on this port; 0: any free one (default: nothing is served).", 0, MaxPort);
    private readonly Option<IPAddress?> _host = new("--health-host")
    {
        Description = "The address to serve them on (default 127.0.0.1; 0.0.0.0: all). Whoever reaches it may read them.",
        HelpName = "ADDRESS",
        CustomParser = static result =>
        {
            var text = result.Tokens[0].Value;
            if (!IPAddress.TryParse(text, out var address))
            {
                result.AddError($"--health-host '{text}' is not an IP address such as 0.0.0.0.");
            }

            return address;
        },
    };

    public void AddTo(Command command)
    {
        command.Add(_port);
        command.Add(_host);
    }

    /// <summary>Where to serve health; null: nowhere. No variable says it: the workers of an autoscaler would inherit its port.</summary>
    public HealthAddress? Read(Invocation run) => run.Get(_port) is { } port ? new(run.Get(_host) ?? IPAddress.Loopback, port) : null;
}
