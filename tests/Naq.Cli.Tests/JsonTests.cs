using System.Text;
using System.Text.Json;

namespace Naq.Cli.Tests;

/// <summary>The JSON of every command that needs no worker, member by member.</summary>
public sealed class JsonTests : IDisposable
{
    private readonly Terminal _terminal = new();

    [Fact]
    public async Task Json_of_every_command_is_approved()
    {
        var text = new StringBuilder();
        async Task<string> Say(params string[] args)
        {
            var said = await _terminal.RunAsync(args);
            text.Append("$ naq ").AppendJoin(' ', args).Append("    # ").Append(said.Code).Append('\n').Append(said.Out).Append(said.Error).Append('\n');
            return said.Out;
        }

        var id = Id(await Say("enqueue", "naq.sleep", """{"ms":5}""", "--queue", "mail", "--unique", "k", "-o", "json"));
        await Say("enqueue", "naq.sleep", """{"ms":5}""", "--queue", "mail", "--unique", "k", "-o", "json");
        await Say("enqueue", "shop.ship", """{"order":1.50}""", "--queue", "mail", "--delay", "1h", "--priority", "high", "-o", "ndjson");
        await Say("load", "--queue", "mail", "--jobs", "3", "--type", "naq.noop", "-o", "json");
        await Say("queue", "list", "-o", "json");
        await Say("queue", "show", "mail", "-o", "json");
        await Say("monitor", "mail", "--count", "1", "-o", "json");
        await Say("queue", "pause", "mail", "-o", "json");
        await Say("queue", "resume", "mail", "-o", "ndjson");
        await Say("queue", "purge", "mail", "--dry-run", "-o", "json");
        await Say("job", "list", "--type", "naq.sleep", "-o", "json");
        await Say("job", "list", "--state", "scheduled", "-o", "ndjson");
        await Say("job", "show", id, "-o", "json");
        await Say("job", "wait", id, "--timeout", "10ms", "-o", "json");
        await Say("job", "cancel", id, "-o", "json");
        await Say("job", "cancel", id, new string('0', 32), "-o", "ndjson");
        await Say("job", "retry", id, "-o", "json");
        await Say("job", "delete", id, "-o", "json");
        await Say("job", "show", id, "-o", "json");
        await Say("dead", "list", "-o", "json");
        await Say("dead", "requeue", "--all", "-o", "json");
        await Say("queue", "purge", "mail", "--yes", "-o", "json");
        await Say("queue", "set", "mail", "--max-length", "1000", "-o", "json");
        await Say("queue", "set", "mail", "--max-length", "none", "-o", "json");
        await Say("queue", "delete", "mail", "-o", "json");
        await Say("queue", "delete", "mail", "--dry-run", "-o", "json");
        await Say("queue", "delete", "mail", "--yes", "-o", "json");
        await Say("queue", "show", "mail", "-o", "json");
        await Say("workers", "list", "-o", "json");
        await Say("workers", "drain", "nobody", "-o", "json");
        await Say("scale", "status", "-o", "json");
        await Say("scale", "history", "-o", "json");
        await Say("scale", "explain", "nowhere", "-o", "json");
        await Say("scale", "set", "mail", "--min", "1", "--max", "3", "-o", "json");
        await Say("scale", "set", "mail", "--clear", "-o", "json");

        Approved.Check("json.txt", Approved.Mask(text.ToString(), _terminal.Folder));
    }

    [Fact]
    public async Task Doctor_finds_a_fresh_broker_healthy()
    {
        var said = await _terminal.RunAsync("doctor", "-o", "ndjson");

        Assert.Equal(0, said.Code);
        Assert.All(said.OutLines, static line =>
        {
            using var document = JsonDocument.Parse(line);
            Assert.Equal(["check", "severity", "text"], document.RootElement.EnumerateObject().Select(static member => member.Name));
        });
    }

    [Fact]
    public async Task Tables_show_foreign_text_escaped()
    {
        var id = await _terminal.EnqueueAsync("a.b", """{"x":"\u001b[31m‮"}""");

        var said = await _terminal.RunAsync("job", "show", id);

        Assert.DoesNotContain('\u001b', said.Out);
        Assert.DoesNotContain('\u202e', said.Out);
    }

    [Fact]
    public async Task Numbers_of_a_payload_stay_exact()
    {
        var id = await _terminal.EnqueueAsync("a.b", "12345678901234567890.10");

        Assert.Contains("\"payload\":12345678901234567890.10", (await _terminal.RunAsync("job", "show", id, "-o", "json")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_list_keeps_to_its_limit()
    {
        await _terminal.RunAsync("load", "--jobs", "60", "--type", "naq.noop");

        Assert.Equal(50, (await _terminal.RunAsync("job", "list", "-o", "ndjson")).OutLines.Length);
        Assert.Equal(7, (await _terminal.RunAsync("job", "list", "--limit", "7", "-o", "ndjson")).OutLines.Length);
        Assert.Equal(60, (await _terminal.RunAsync("job", "list", "--all", "-o", "ndjson")).OutLines.Length);
    }

    public void Dispose() => _terminal.Dispose();

    private static string Id(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty("id").GetString()!;
    }
}
