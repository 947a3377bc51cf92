using Microsoft.Extensions.Logging;

namespace Naq.Sqlite;

internal sealed partial class Writer
{
    [LoggerMessage(2001, LogLevel.Warning, "The database cannot be written now; trying again until it can")]
    private partial void LogTrouble(Exception error);

    [LoggerMessage(2002, LogLevel.Information, "The database is written again")]
    private partial void LogWritingAgain();

    [LoggerMessage(2003, LogLevel.Error, "Claiming failed; trying again in a second")]
    private partial void LogClaimFailed(Exception error);
}

/// <summary>An enqueue met a full disk.</summary>
internal sealed class DiskFullFault : Exception;
