using System.Diagnostics;

/// <summary>What a worker writes down, a line each: <c>F</c> the moment of its first job, <c>C</c> how many have run at a moment, <c>L</c> how long a job took from the call that
/// enqueued it to its handler. Moments are microseconds of the monotonic clock, which all processes of the machine share.</summary>
internal static class Meter
{
    private static readonly StreamWriter Out = new(new FileStream(Environment.GetEnvironmentVariable("PEERS_OUT")!, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
    private static long _ran;

    public static int Slots { get; } = int.Parse(Environment.GetEnvironmentVariable("PEERS_SLOTS") ?? "4");

    public static string Url { get; } = Environment.GetEnvironmentVariable("PEERS_URL") ?? "";

    /// <value>What every job carries beside the moment.</value>
    public const string Text = "order 42 is on its way";

    public static long Now => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000);

    /// <summary>A handler says that it starts.</summary>
    /// <param name="at">When the job was enqueued; 0: that is not measured.</param>
    public static void Ran(long at)
    {
        var now = Now;
        if (Interlocked.Increment(ref _ran) == 1)
        {
            Say($"F {now}");
        }

        if (at > 0)
        {
            Say($"L {now - at}");
        }
    }

    public static void Say(string line)
    {
        lock (Out)
        {
            Out.WriteLine(line);
        }
    }

    /// <summary>Samples the count from now on.</summary>
    public static void Start() => new Thread(static () =>
    {
        for (var last = 0L; ; Thread.Sleep(10))
        {
            var ran = Interlocked.Read(ref _ran);
            if (ran != last)
            {
                Say($"C {Now} {last = ran}");
            }
        }
    })
    { IsBackground = true }.Start();
}
