using Naq.Nats.Wire;

namespace Naq.Nats.Tests.Wire;

/// <summary>What subjects and headers say is read as it was written, whatever else comes along.</summary>
public sealed class WireTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 27, 8, 30, 0, 123, TimeSpan.Zero);
    private static readonly Subjects Subjects = new("naq");

    private static JobId Id(DateTimeOffset at) => new(Guid.CreateVersion7(at));

    [Theory]
    [InlineData("Ready", false, null)]
    [InlineData("Ready", true, null)]
    [InlineData("Scheduled", false, null)]
    [InlineData("Dead", false, "0123456789abcdef0123456789abcdef")]
    [InlineData("Key", false, "0123456789abcdef0123456789abcdef")]
    public void A_jobs_subject_is_read_as_it_was_written(string stage, bool isFired, string? key)
    {
        var address = new Address(Enum.Parse<Stage>(stage), "tenant-1", '2', key, Id(Now)) { IsFired = isFired };

        var subject = Subjects.Of(address);

        Assert.Equal(address, Subjects.Parse(subject));
        Assert.Equal(address, Subjects.Parse(subject, "another"));
    }

    [Fact]
    public void Jobs_of_one_queue_share_its_name()
    {
        var queue = new string("mail");

        Assert.Same(queue, Subjects.Parse(Subjects.Of(new(Stage.Ready, "mail", '1', null, Id(Now))), queue).Queue);
    }

    [Theory]
    [InlineData("")]
    [InlineData("naq.j.p.mail.1")]
    [InlineData("naq.j.p.mail.1.no-id")]
    [InlineData("naq.jj.p.mail.1.0193708f2b7a7c3e8b1f000000000001")]
    [InlineData("naq.j.p.mail.12.0193708f2b7a7c3e8b1f000000000001")]
    [InlineData("naq.j.p.mail.1.u.0193708f2b7a7c3e8b1f000000000001")]
    [InlineData("naq.j.p.mail.1.u.hash.0193708f2b7a7c3e8b1f000000000001.more")]
    [InlineData("naq.j.p.mail.1.u.hash.more.0193708f2b7a7c3e8b1f000000000001.and.more")]
    public void What_is_no_jobs_subject_is_refused(string subject) =>
        Assert.Contains("is no job's subject", Assert.Throws<FormatException>(() => Subjects.Parse(subject)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("$JS.ACK.NAQ_JOBS.mail-1.2.345.17.1700000000123456789.6")]
    [InlineData("$JS.ACK.hub.ACCOUNT.NAQ_JOBS.mail-1.2.345.17.1700000000123456789.6")]
    [InlineData("$JS.ACK.hub.ACCOUNT.NAQ_JOBS.mail-1.2.345.17.1700000000123456789.6.random")]
    [InlineData("$JS.ACK.hub.ACCOUNT.NAQ_JOBS.mail-1.2.345.17.1700000000123456789.6.random.and.more")]
    public void An_acknowledgements_subject_tells_of_its_message_with_and_without_a_domain(string reply)
    {
        var read = AckSubject.Parse(reply);

        Assert.Equal(("mail-1", 2, 345UL, 6UL), (read.Consumer, read.Deliveries, read.Sequence, read.Waiting));
        Assert.Equal(DateTimeOffset.UnixEpoch.AddTicks(17000000001234567), read.StoredAt);
    }

    [Theory]
    [InlineData("")]
    [InlineData("$JS.ACK.NAQ_JOBS.mail-1.2.345.17.1700000000123456789")]
    [InlineData("$JS.ACK.NAQ_JOBS.mail-1.x.345.17.1700000000123456789.6")]
    [InlineData("_INBOX.NAQ.NAQ_JOBS.mail-1.2.345.17.1700000000123456789.6")]
    public void What_is_no_acknowledgements_subject_is_refused(string reply) => Assert.Throws<FormatException>(() => AckSubject.Parse(reply));

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(-86_400_000, true)]
    public void The_time_of_an_enqueue_travels_in_the_id_or_beside_it(int later, bool hasHeader)
    {
        var job = new Envelope(new(Stage.Ready, "mail", '1', null, Id(Now)), "test", [], "", Now.AddMilliseconds(later)) { Priority = JobPriority.Normal };

        var headers = job.Headers();

        Assert.Equal(hasHeader, headers.ContainsKey("Naq-Enqueued"));
        Assert.Equal(job.EnqueuedAt, Envelope.Read(Subjects.Of(job.Address), headers, null).EnqueuedAt);
    }

    [Fact]
    public void An_id_that_somebody_else_made_says_nothing_about_the_time()
    {
        var job = new Envelope(new(Stage.Ready, "mail", '1', null, new(new Guid("ffffffff-ffff-ffff-ffff-ffffffffffff"))), "test", [], "", Now) { Priority = JobPriority.Normal };

        Assert.Equal(Now, Envelope.Read(Subjects.Of(job.Address), job.Headers(), null).EnqueuedAt);
        Assert.Equal(DateTimeOffset.MaxValue.ToUnixTimeMilliseconds(), Envelope.Read(Subjects.Of(job.Address), null, null).EnqueuedAt.ToUnixTimeMilliseconds());
    }
}
