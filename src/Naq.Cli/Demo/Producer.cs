using System.Text;
using Naq.Brokers;
using Naq.Cli.BuiltIns;
using Naq.Cli.Enqueueing;

namespace Naq.Cli.Demo;

/// <summary>Enqueues a job at each arrival, and remembers what was acknowledged. One caller; <see cref="Acknowledged"/> may be read from anywhere.</summary>
internal sealed class Producer(Broker broker, DemoOptions options, TimeProvider time)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    private readonly Enqueuer _enqueuer = new(new(broker.Jobs, null), time);
    private readonly byte[] _payload = Encoding.UTF8.GetBytes($$"""{"ms":{{options.JobMs}}}""");
    private readonly List<JobId> _ids = [];
    private int _acknowledged;

    /// <summary>What the broker has acknowledged; complete once <see cref="RunAsync"/> has ended.</summary>
    public IReadOnlyList<JobId> Ids => _ids;

    public int Acknowledged => Volatile.Read(ref _acknowledged);

    /// <summary>Plays the arrivals in real time.</summary>
    public async Task RunAsync(double[] arrivals, CancellationToken ct)
    {
        var start = time.GetTimestamp();
        for (var next = 0; next < arrivals.Length;)
        {
            var now = time.GetElapsedTime(start).TotalSeconds;
            var jobs = new List<NewJob>();
            for (; next < arrivals.Length && arrivals[next] <= now; next++)
            {
                jobs.Add(JobAssembly.Assemble(Sleep.JobType.Name, _payload, null, new() { Queue = DemoRun.Queue }, time));
            }

            if (jobs.Count > 0)
            {
                var results = await _enqueuer.StoreAsync(jobs, ct).ConfigureAwait(false);
                _ids.AddRange(results.Where(static result => result.Status == EnqueueStatus.Accepted).Select(static result => result.Id));
                Volatile.Write(ref _acknowledged, _ids.Count);
            }

            await Task.Delay(Tick, time, ct).ConfigureAwait(false);
        }
    }
}
