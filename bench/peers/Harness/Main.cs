using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var (only, runs, slots, quick, write) = (new List<string>(), (int?)null, 4, false, false);
int? jobs = null;
for (var i = 0; i < args.Length; i++)
{
    int? Number() => i + 1 < args.Length && int.TryParse(args[i + 1], out var number) && number > 0 && ++i > 0 ? number : null;
    var understood = args[i] switch
    {
        "--runs" => (runs = Number()) is not null,
        "--jobs" => (jobs = Number()) is not null,
        "--slots" => (slots = Number() ?? 0) > 0,
        "--quick" => quick = true,
        "--write" => write = true,
        "--only" => true,
        var word => i > 0 && (args[i - 1] == "--only" || only.Count > 0) && Named(word),
    };
    if (!understood)
    {
        Console.Error.WriteLine($"run: '{args[i]}' is not understood. --only takes names of {string.Join(' ', Peer.All.Select(static peer => peer.Key))}; --help says the rest.");
        return 2;
    }
}

var peers = Peer.All.Where(peer => only.Count == 0 || only.Any(name => Is(peer, name))).ToList();
var effort = quick ? new Effort(slots, 0.5, jobs, 0.15, 30) : new Effort(slots, 2, jobs, 1, 150);
var rounds = runs ?? (quick ? 1 : 3);
using var stopping = new CancellationTokenSource();
using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
var machine = await Page.MachineAsync(rounds, effort, $"bench/peers/run{string.Concat(args.Where(static word => word != "--write").Select(static word => $" {word}"))}");
var results = peers.ToDictionary(static peer => peer, static _ => new List<Measurement>());
var faults = new Dictionary<Peer, string>();
try
{
    // A round of all before the next, so that a minute in which the machine is slow is nobody's own.
    for (var round = 1; round <= rounds; round++)
    {
        // One that has failed once is tried a second time, for a library may stall now and then; one that fails twice does not work here.
        foreach (var peer in peers.Where(peer => round <= 2 || results[peer].Count > 0))
        {
            var start = Stopwatch.GetTimestamp();
            Console.Error.Write($"{round}/{rounds} {peer.Key}: ");
            try
            {
                var measured = await new Run(peer, effort, Path.Combine(Paths.Temp, $"{peer.Key}-{round}")).MeasureAsync(stopping.Token);
                results[peer].Add(measured);
                Console.Error.WriteLine($"{measured.One:0} one by one, {measured.Bulk:0} bulk, {measured.Drain:0} drained, {measured.P50:0.00}/{measured.P99:0.00} ms, "
                    + $"start {measured.Start:0} ms, {measured.WorkerMegabytes:0} + {measured.ServerMegabytes:0} MB; took {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s");
            }
            catch (Exception fault) when (fault is InvalidOperationException or IOException or System.ComponentModel.Win32Exception)
            {
                faults[peer] = fault.Message;
                Console.Error.WriteLine(fault.Message);
            }
        }
    }
}
catch (OperationCanceledException)
{
    return 130;
}
finally
{
    Child.EndAll();
}

var rows = peers.Select(peer => new Row(peer, results[peer], faults.GetValueOrDefault(peer))).ToList();
var text = machine + Page.Table(rows);
Console.WriteLine(text);
if (write)
{
    Page.Write(text, Chart.Of(rows, slots));
}

return 0;

bool Named(string word)
{
    only.Add(word);
    return Peer.All.Any(peer => Is(peer, word));
}

static bool Is(Peer peer, string name) => peer.Key == name || peer.Name.Equals(name, StringComparison.OrdinalIgnoreCase);

void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stopping.Cancel();
}
