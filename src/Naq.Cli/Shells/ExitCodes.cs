namespace Naq.Cli.Shells;

/// <summary>What the process's exit code says; the only place where exceptions become codes.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int Unreachable = 3;
    public const int NotFound = 4;
    public const int TimedOut = 5;
    public const int Refused = 6;
    public const int PartlyDone = 7;
    public const int Interrupted = 130;

    public static int Of(Exception error) => error switch
    {
        ExitException exit => exit.Code,
        NaqConfigurationException or JobSerializationException or DuplicateJobNameException => Usage,
        BrokerUnavailableException or EnqueueOutcomeUnknownException => Unreachable,
        JobNotFoundException => NotFound,
        TimeoutException => TimedOut,
        QueueFullException or LeaseMismatchException => Refused,
        OperationCanceledException => Interrupted,
        _ => Failed,
    };
}

/// <summary>Ends a command with a code and one line on stderr.</summary>
internal sealed class ExitException(int code, string message) : Exception(message)
{
    public int Code { get; } = code;
}
