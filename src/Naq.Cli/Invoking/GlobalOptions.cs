using System.CommandLine;
using Microsoft.Extensions.Logging;
using Naq.Cli.Logging;
using Naq.Cli.Output;
using Naq.Cli.Parsing;

namespace Naq.Cli.Invoking;

/// <summary>The options that every command takes.</summary>
internal sealed class GlobalOptions
{
    public Option<string?> Broker { get; } = new("--broker")
    {
        Description = "Where the jobs are: sqlite:PATH, nats://HOST:PORT or nats (default: NAQ_BROKER, NAQ_NATS_URL, naq.json, then sqlite: in the state folder).",
        HelpName = "ADDRESS",
        Recursive = true,
    };

    public Option<OutputFormat?> Output { get; } = new("--output", "-o")
    {
        Description = "How data is printed on stdout (default: table).",
        HelpName = "table|json|ndjson",
        Recursive = true,
    };

    public Option<LogFormat?> LogFormat { get; } = new("--log-format")
    {
        Description = "How logs are printed on stderr (default: text).",
        HelpName = "text|json",
        Recursive = true,
    };

    public Option<LogLevel?> LogLevel { get; } = new("--log-level")
    {
        Description = "The least severe log lines to print (default: information for worker, up and autoscale, else warning).",
        HelpName = "trace|debug|information|warning|error|critical|none",
        Recursive = true,
    };

    public Option<bool> Verbose { get; } = new("--verbose", "-v")
    {
        Description = "Say which broker was chosen and why; log at debug level.",
        Recursive = true,
    };

    public GlobalOptions()
    {
        Choice.Of(Output);
        Choice.Of(LogFormat);
        Choice.Of(LogLevel);
    }

    public void AddTo(Command root)
    {
        root.Add(Broker);
        root.Add(Output);
        root.Add(LogFormat);
        root.Add(LogLevel);
        root.Add(Verbose);
    }
}
