using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Naq.Encryption;
using Naq.Testing;
using Naq.Tests.Middleware;
using Naq.Workers;

namespace Naq.Tests.Encryption;

public sealed class EncryptionTests
{
    private static readonly string Old = "old:" + EncryptionKeys.NewKey();
    private static readonly string New = "new:" + EncryptionKeys.NewKey();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_broker_sees_an_envelope_and_the_handler_the_job()
    {
        await using var naq = Harness(Old);
        var (id, _) = await naq.Jobs.EnqueueAsync(new Note("secret"), ct: Ct);

        var stored = (await naq.Jobs.FindAsync(id, Ct))!.Payload;
        Assert.Equal([0xC1, 2, 3, (byte)'o', (byte)'l', (byte)'d'], stored[..6].ToArray());
        Assert.Equal(6 + PayloadKey.OverheadBytes + """{"Text":"secret"}""".Length, stored.Length);
        Assert.Equal(-1, stored.Span.IndexOf("secret"u8));
        Assert.Equal([new Note("secret")], naq.Enqueued<Note>());

        Assert.Equal(new DrainReport(1, 0, 0, 0), await naq.DrainAsync(Ct));
        Assert.Equal(["secret default "], Log(naq));
    }

    [Fact]
    public async Task Other_middleware_sees_plain_payloads_whenever_it_was_added()
    {
        await using var naq = Harness(Old, static naq => naq.AddEnqueueMiddleware<First>().AddRunMiddleware<Rewriter>());
        _ = await naq.Jobs.EnqueueAsync(new Note("a"), ct: Ct);

        _ = await naq.DrainAsync(Ct);

        Assert.Equal(["a1! default 1"], Log(naq));
    }

    [Fact]
    public async Task The_same_job_twice_is_never_the_same_text()
    {
        await using var naq = Harness(Old);
        var (first, _) = await naq.Jobs.EnqueueAsync(new Note("a"), ct: Ct);
        var (second, _) = await naq.Jobs.EnqueueAsync(new Note("a"), ct: Ct);

        var payloads = new[] { await naq.Jobs.FindAsync(first, Ct), await naq.Jobs.FindAsync(second, Ct) }.Select(static job => job!.Payload.ToArray()).ToList();
        Assert.NotEqual(payloads[0], payloads[1]);
    }

    [Fact]
    public async Task Keys_rotate_the_first_encrypts_and_all_decrypt()
    {
        await using var naq = Harness($"{New}\n# the former\n{Old}");
        var before = Seal(Old, "before");
        _ = await naq.Jobs.EnqueueAsync(new Note("after"), ct: Ct);

        var opened = new PayloadEncryption(EncryptionKeys.Parse($"{New},{Old}"), true).Open(before.Id, "test.note", before.Payload);
        var (id, _) = await naq.Jobs.EnqueueAsync(new Note("x"), ct: Ct);

        Assert.Equal("""{"Text":"before"}""", Encoding.UTF8.GetString(opened.Payload.Span));
        Assert.Equal("new", Sealed.Read((await naq.Jobs.FindAsync(id, Ct))!.Payload, "")!.Value.KeyId);
    }

    [Fact]
    public async Task A_key_that_the_worker_lacks_puts_the_job_off_and_says_which()
    {
        var sealedJob = Seal(New, "a");

        var outcome = await RunAsync(new PayloadEncryption(EncryptionKeys.Parse(Old), false), sealedJob.Id, sealedJob.Payload);

        Assert.Equal(JobOutcome.Retry(TimeSpan.FromSeconds(30), "encrypted with the key 'new', which this worker does not have; it has old"), outcome);
    }

    [Fact]
    public async Task A_worker_without_keys_puts_an_encrypted_job_off_and_does_not_run_it()
    {
        var sealedJob = Seal(New, "a");

        var outcome = await RunAsync(null, sealedJob.Id, sealedJob.Payload);

        Assert.Equal(JobOutcome.Retry(TimeSpan.FromSeconds(30), "encrypted with the key 'new', which this worker does not have; it has none"), outcome);
    }

    [Theory]
    [InlineData("id")]
    [InlineData("type")]
    [InlineData("data")]
    [InlineData("tag")]
    [InlineData("key")]
    public void A_payload_that_was_changed_or_moved_does_not_open(string what)
    {
        var (id, payload) = Seal(Old, "a");
        var keys = EncryptionKeys.Parse(what == "key" ? "old:" + EncryptionKeys.NewKey() : Old);
        if (what is "data" or "tag")
        {
            var changed = payload.ToArray();
            changed[what == "tag" ? ^1 : ^17] ^= 1; // the tag has 16 bytes
            payload = changed;
        }

        var opened = new PayloadEncryption(keys, false).Open(what == "id" ? JobId.New(TimeProvider.System) : id, what == "type" ? "test.other" : "test.note", payload);

        Assert.Equal("the payload does not open with the key 'old': it was changed, or is another job's", opened.Fault);
        Assert.True(opened.Payload.IsEmpty);
    }

    [Theory]
    [InlineData(new byte[] { 0xC1 }, 0)]
    [InlineData(new byte[] { 0xC1, 2, 3 }, 0)]
    [InlineData(new byte[] { 0xC1, 3, 1, (byte)'k' }, 28)]
    [InlineData(new byte[] { 0xC1, 2, 0 }, 28)]
    [InlineData(new byte[] { 0xC1, 2, 1, (byte)' ' }, 28)]
    [InlineData(new byte[] { 0xC1, 2, 1, 0xFF }, 28)]
    [InlineData(new byte[] { 0xC1, 2, 1, (byte)'k' }, 27)]
    [InlineData(new byte[] { 0xC1, 2, 255, (byte)'k' }, 28)]
    public void A_damaged_envelope_is_said_to_be_so(byte[] head, int rest)
    {
        byte[] payload = [.. head, .. new byte[rest]];

        Assert.Equal("the encrypted payload is damaged, or written by another version of Naq", Open(payload).Fault);
        Assert.Equal($$"""{"$enc":"{{Convert.ToBase64String(payload)}}"}""", Encoding.ASCII.GetString(Sealed.Show(payload).Span));
    }

    [Fact]
    public void An_envelope_of_the_first_version_is_refused_not_run() => Assert.Equal(
        "the encrypted payload is damaged, or written by another version of Naq", Open("""{"$enc":{"v":1,"k":"old","d":"AAAA"}}"""u8.ToArray()).Fault);

    [Fact]
    public void An_envelope_is_shown_as_JSON_and_a_plain_payload_as_it_is()
    {
        var payload = Seal(Old, "a").Payload;
        var plain = """{"Text":"a"}"""u8.ToArray();

        var shown = Encoding.ASCII.GetString(Sealed.Show(payload).Span);

        Assert.Equal($$$"""{"$enc":{"v":2,"k":"old","d":"{{{Convert.ToBase64String(payload.Span[6..])}}}"}}""", shown);
        Assert.Equal(plain, Sealed.Show(plain).ToArray());
    }

    [Fact]
    public async Task Plain_jobs_run_unless_encryption_is_required()
    {
        var id = JobId.New(TimeProvider.System);
        var plain = """{"Text":"a"}"""u8.ToArray();

        var outcome = await RunAsync(new PayloadEncryption(EncryptionKeys.Parse(Old), true), id, plain);

        Assert.Equal(JobOutcome.Discard("the payload is not encrypted, and this worker requires it"), outcome);
        Assert.Equal(plain, new PayloadEncryption(EncryptionKeys.Parse(Old), false).Open(id, "test.note", plain).Payload.ToArray());
    }

    [Fact]
    public async Task The_limit_holds_for_what_is_stored()
    {
        await using var naq = Harness(Old);

        var most = (256 * 1024) - Seal(Old, "").Payload.Length;
        _ = await naq.Jobs.EnqueueAsync(new Note(new('x', most)), ct: Ct);
        var error = await Assert.ThrowsAsync<JobSerializationException>(async () => await naq.Jobs.EnqueueAsync(new Note(new('x', most + 1)), ct: Ct));

        Assert.Contains("bytes as it is stored; at most 262144", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encryption_is_added_once()
    {
        var naq = new NaqBuilder(new ServiceCollection()).AddEncryption(EncryptionKeys.Parse(Old));

        _ = Assert.Throws<NaqConfigurationException>(() => naq.AddEncryption(EncryptionKeys.Parse(New)));
    }

    private static NaqHarness Harness(string keys, Action<NaqBuilder>? configure = null) => new(naq =>
    {
        naq.Services.AddSingleton<Journal>();
        _ = naq.AddHandler<Note, Writer>().AddEncryption(EncryptionKeys.Parse(keys));
        configure?.Invoke(naq);
    });

    private static IList<string> Log(NaqHarness naq) => naq.Services.GetRequiredService<Journal>().Lines;

    /// <summary>What an attempt comes to in which no handler may run.</summary>
    private static ValueTask<JobOutcome> RunAsync(PayloadEncryption? encryption, JobId id, ReadOnlyMemory<byte> payload)
    {
        var handler = new DelegateEntry<Note>(static (_, _, _, _) => throw new InvalidOperationException("It must not run."));
        return new HandlerTable([handler], encryption: encryption).Find("test.note")!.RunAsync(
            new ServiceCollection().BuildServiceProvider(), payload, new() { Id = id, Type = "test.note", Queue = "default" }, Ct);
    }

    private static PayloadEncryption.Opened Open(byte[] payload) => new PayloadEncryption(EncryptionKeys.Parse(Old), false).Open(JobId.New(TimeProvider.System), "test.note", payload);

    private static (JobId Id, ReadOnlyMemory<byte> Payload) Seal(string keys, string text)
    {
        var (id, parsed) = (JobId.New(TimeProvider.System), EncryptionKeys.Parse(keys));
        var plain = JsonSerializer.SerializeToUtf8Bytes(new Note(text), Note.JobType.Json);
        return (id, Sealed.Seal(plain, parsed.First, parsed.Find(parsed.First)!, id, "test.note"));
    }
}
