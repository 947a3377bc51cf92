namespace Naq.Cli.Output;

/// <summary>How data leaves on stdout.</summary>
internal enum OutputFormat
{
    /// <summary>For people.</summary>
    Table,

    /// <summary>One JSON document.</summary>
    Json,

    /// <summary>One JSON object a line, as it comes.</summary>
    Ndjson,
}
