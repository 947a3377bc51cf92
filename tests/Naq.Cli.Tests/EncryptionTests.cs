using System.Text.Json;

namespace Naq.Cli.Tests;

/// <summary>Keys in the environment: what the command line enqueues and shows.</summary>
public sealed class EncryptionTests : IDisposable
{
    private readonly Terminal _terminal = new();

    [Fact]
    public async Task With_keys_in_the_environment_a_job_is_stored_and_shown_as_an_envelope()
    {
        _terminal.Variables["NAQ_ENCRYPTION_KEYS"] = "k1:" + EncryptionKeys.NewKey();

        var one = await _terminal.EnqueueAsync("images.resize", """{"path":"secret.png"}""");
        var bulk = await _terminal.RunAsync("""{"type":"images.resize","payload":{"path":"secret.png"}}""" + "\n", ["enqueue", "--stdin"], TestContext.Current.CancellationToken);

        Assert.Equal(0, bulk.Code);
        using var answer = JsonDocument.Parse(bulk.OutLines.Single());
        foreach (var id in (string[])[one, answer.RootElement.GetProperty("id").GetString()!])
        {
            using var shown = JsonDocument.Parse((await _terminal.RunAsync("job", "show", id, "-o", "json")).Out);
            var envelope = shown.RootElement.GetProperty("payload").GetProperty("$enc");
            Assert.Equal((2, "k1"), (envelope.GetProperty("v").GetInt32(), envelope.GetProperty("k").GetString()));
            Assert.DoesNotContain("secret", shown.RootElement.GetRawText(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_file_of_keys_is_read_from_the_working_folder()
    {
        await File.WriteAllTextAsync(Path.Combine(_terminal.Folder, "keys"), "k2:" + EncryptionKeys.NewKey(), TestContext.Current.CancellationToken);
        _terminal.Variables["NAQ_ENCRYPTION_KEYS_FILE"] = "keys";

        var shown = await _terminal.RunAsync("job", "show", await _terminal.EnqueueAsync("a.b"), "-o", "json");

        Assert.Contains("\"k2\"", shown.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_runs_what_its_keys_open_and_puts_off_the_rest()
    {
        var ct = TestContext.Current.CancellationToken;
        var (old, fresh) = ("old:" + EncryptionKeys.NewKey(), "new:" + EncryptionKeys.NewKey());
        _terminal.Variables["NAQ_ENCRYPTION_KEYS"] = fresh;
        var foreign = await _terminal.EnqueueAsync("naq.noop");
        _terminal.Variables["NAQ_ENCRYPTION_KEYS"] = old;
        var own = await _terminal.EnqueueAsync("naq.noop");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);

        var worker = _terminal.RunAsync("", ["worker", "default", "--concurrency", "1"], stop.Token);
        Assert.Equal(0, (await _terminal.RunAsync("job", "wait", own, "--timeout", "30s")).Code);
        await stop.CancelAsync();
        _ = await worker;

        using var shown = JsonDocument.Parse((await _terminal.RunAsync("job", "show", foreign, "-o", "json")).Out);
        Assert.Equal("scheduled", shown.RootElement.GetProperty("state").GetString());
        Assert.Equal("encrypted with the key 'new', which this worker does not have; it has old", shown.RootElement.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Doctor_says_which_keys_there_are_and_who_encrypts()
    {
        var key = EncryptionKeys.NewKey();
        Assert.DoesNotContain("encryption", (await _terminal.RunAsync("doctor")).Out, StringComparison.Ordinal);
        _terminal.Variables["NAQ_ENCRYPTION_KEYS"] = $"k2:{key},k1:{EncryptionKeys.NewKey()}";

        var said = await _terminal.RunAsync("doctor", "-o", "json");

        Assert.Equal(0, said.Code);
        using var findings = JsonDocument.Parse(said.Out);
        var finding = Assert.Single(findings.RootElement.EnumerateArray(), static finding => finding.GetProperty("check").GetString() == "encryption");
        Assert.Equal("key k2 encrypts, by libsodium; k1, k2 decrypt", finding.GetProperty("text").GetString());
        Assert.DoesNotContain(key, said.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NAQ_ENCRYPTION_KEYS", "k1:short", "Encryption key 'k1' is not 32 bytes in base64 (44 characters).")]
    [InlineData("NAQ_ENCRYPTION_KEYS_FILE", "none-there", "NAQ_ENCRYPTION_KEYS_FILE cannot be read")]
    public async Task Wrong_keys_are_said_before_anything_is_done(string name, string value, string message)
    {
        _terminal.Variables[name] = value;

        var said = await _terminal.RunAsync("enqueue", "a.b");

        Assert.Equal(2, said.Code);
        Assert.Contains(message, Assert.Single(said.ErrorLines), StringComparison.Ordinal);
        Assert.False(File.Exists(_terminal.Database));
    }

    public void Dispose() => _terminal.Dispose();
}
