using System.Globalization;
using Naq.Sqlite.Engine;

namespace Naq.Sqlite.Tests.PowerLoss;

/// <summary>The power fails at random moments; from what a disk may hold then the database is opened, and whatever somebody was told is looked for.</summary>
public sealed class PowerLossTests(ITestOutputHelper output) : IDisposable
{
    private const int PointsPerOpening = 8;
    private const int OpeningsPerFile = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Sixty, or as many as <c>NAQ_POWER_POINTS</c> says: a thousand take a minute or two.</summary>
    private static readonly int Points = int.Parse(Environment.GetEnvironmentVariable("NAQ_POWER_POINTS") ?? "60", CultureInfo.InvariantCulture);

    private readonly string _folder = Directory.CreateTempSubdirectory("naq-power-").FullName;
    private int _files;

    [Theory]
    [InlineData(Durability.Full, 1)]
    [InlineData(Durability.Synced, 2)]
    public async Task Nothing_acknowledged_is_lost(Durability durability, int seed)
    {
        var tally = await LoseAsync(durability, seed, failOneIn: 0);

        Assert.Equal((0, 0), (tally.LostJobs, tally.LostSuccesses));
    }

    [Fact]
    public async Task Syncs_that_fail_lose_nothing_acknowledged_either()
    {
        var tally = await LoseAsync(Durability.Synced, seed: 3, failOneIn: 30);

        Assert.Equal((0, 0), (tally.LostJobs, tally.LostSuccesses));
        Assert.NotEqual(0, tally.FailedSyncs);
    }

    /// <summary>The proof that the others can fail.</summary>
    [Fact]
    public async Task Normal_loses_what_was_acknowledged_and_keeps_the_file_whole()
    {
        var tally = await LoseAsync(Durability.Normal, seed: 4, failOneIn: 0);

        Assert.NotEqual(0, tally.LostJobs);
        Assert.NotEqual(0, tally.LostSuccesses);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<Tally> LoseAsync(Durability durability, int seed, int failOneIn)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The disk of the test knows SQLite's files on Linux.");
        var (random, tally) = (new Random(seed), new Tally());
        while (tally.Points < Points)
        {
            await LoseOnOneFileAsync(durability, failOneIn, random, tally);
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{durability}, seed {seed}: {tally.Points} points, {tally.Enqueued} acknowledged jobs looked for, {tally.LostJobs} lost; {tally.Succeeded} successes, {tally.LostSuccesses} lost; " +
            $"{tally.LogStarts} logs begun, {tally.SyncsBySqlite} syncs by SQLite, {tally.SyncsBySyncer} by the syncer, {tally.FailedSyncs} failed; {tally.Unmade} points before there was a file"));
        return tally;
    }

    private async Task LoseOnOneFileAsync(Durability durability, int failOneIn, Random random, Tally tally)
    {
        var ct = TestContext.Current.CancellationToken;
        var folder = Directory.CreateDirectory(Path.Combine(_folder, $"{_files++}")).FullName;
        var (disk, valve) = (new LossyDisk(random.Next()), new Valve());
        var told = new Told(disk.Told);
        LossyVfs.Mount(folder, disk);
        try
        {
            var options = new SqliteBrokerOptions { Path = Path.Combine(folder, "naq.db"), Durability = durability, LogDisk = disk };
            var shot = disk.ShotAfter(random.Next(1, 120), isAtTelling: false, told.Now);
            for (var opening = 0; opening < OpeningsPerFile; opening++)
            {
                disk.FailOneIn = 0;
                disk.SessionsOpen();
                await using (await Plant.OpenAsync(options, disk, valve, told, random, ct))
                {
                    disk.FailOneIn = failOneIn;
                    for (var point = 0; point < PointsPerOpening; point++)
                    {
                        valve.Open();
                        var seen = await shot.WaitAsync(Patience, TimeProvider.System, ct);
                        valve.Close();
                        Check(seen, tally);
                        var isAtTelling = random.Next(2) == 0;
                        shot = disk.ShotAfter(random.Next(1, isAtTelling || random.Next(2) == 0 ? 100 : 3000), isAtTelling, told.Now);
                    }

                    // The next comes while this one closes, or the next opens; where syncs fail, this one closes with a log that is not on the disk.
                    shot = disk.ShotAfter(random.Next(1, 150), isAtTelling: false, told.Now);
                    disk.FailOneIn = Math.Min(failOneIn, 1);
                }
            }

            tally.LogStarts += disk.LogStarts;
            tally.FailedSyncs += disk.Failed;
            tally.SyncsBySqlite += disk.Syncs.BySqlite;
            tally.SyncsBySyncer += disk.Syncs.BySyncer;
        }
        finally
        {
            LossyVfs.Unmount(folder);
        }
    }

    private void Check(Shot shot, Tally tally)
    {
        tally.Points++;
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "image")).FullName;
        foreach (var (name, content) in shot.Files)
        {
            File.WriteAllBytes(Path.Combine(folder, name), content);
        }

        try
        {
            tally.Enqueued += shot.Acknowledged.Enqueued.Count;
            tally.Succeeded += shot.Acknowledged.Succeeded.Count;
            if (Find(Path.Combine(folder, "naq.db"), tally) is { } places)
            {
                tally.LostJobs += shot.Acknowledged.Enqueued.Count(id => !places.ContainsKey(id));
                tally.LostSuccesses += shot.Acknowledged.Succeeded.Count(id => places.GetValueOrDefault(id) != "done");
            }
            else
            {
                tally.LostJobs += shot.Acknowledged.Enqueued.Count;
                tally.LostSuccesses += shot.Acknowledged.Succeeded.Count;
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Where each job is after recovery; null: the file, or its tables, had not been made.</summary>
    private static Dictionary<Guid, string>? Find(string path, Tally tally)
    {
        if (!File.Exists(path))
        {
            tally.Unmade++;
            return null;
        }

        using var database = Database.Open(path, create: false);
        Assert.Equal("ok", database.Text("PRAGMA integrity_check"));
        if (database.Scalar("SELECT count(*) FROM sqlite_schema") == 0)
        {
            tally.Unmade++;
            return null;
        }

        var places = new Dictionary<Guid, string>();
        using var jobs = database.Prepare("""
            SELECT uid, 'ready' FROM job JOIN ready USING(id) UNION ALL SELECT uid, 'ready' FROM job JOIN lone USING(id)
            UNION ALL SELECT uid, 'running' FROM job JOIN running USING(id) UNION ALL SELECT uid, 'scheduled' FROM job JOIN scheduled USING(id)
            UNION ALL SELECT uid, 'done' FROM job JOIN done USING(id) UNION ALL SELECT uid, 'dead' FROM job JOIN dead USING(id)
            """);
        while (jobs.Step())
        {
            // In one place only.
            places.Add(jobs.Guid(0), jobs.Text(1)!);
        }

        Assert.Equal(database.Scalar("SELECT count(*) FROM job"), places.Count);
        AssertCounted(database, Counter.Ready, "SELECT (SELECT count(*) FROM ready) + (SELECT count(*) FROM lone)");
        AssertCounted(database, Counter.Running, "SELECT count(*) FROM running");
        AssertCounted(database, Counter.Scheduled, "SELECT count(*) FROM scheduled");
        AssertCounted(database, Counter.Dead, "SELECT count(*) FROM dead");
        return places;
    }

    private static void AssertCounted(Database database, Counter kind, string rows) =>
        Assert.Equal(database.Scalar(rows), database.Scalar($"SELECT coalesce(sum(n), 0) FROM counts WHERE s = {(int)kind}"));

    private sealed class Tally
    {
        public int Points { get; set; }

        public long Enqueued { get; set; }

        public long Succeeded { get; set; }

        public long LostJobs { get; set; }

        public long LostSuccesses { get; set; }

        public int Unmade { get; set; }

        public int LogStarts { get; set; }

        public int FailedSyncs { get; set; }

        public int SyncsBySqlite { get; set; }

        public int SyncsBySyncer { get; set; }
    }
}
