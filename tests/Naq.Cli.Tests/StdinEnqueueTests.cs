using System.Text;
using System.Text.Json;
using Naq.Cli.Commands.Enqueue;
using Naq.Cli.Shells;

namespace Naq.Cli.Tests;

/// <summary><c>naq enqueue --stdin</c>: one answer a line, in order, whatever the line.</summary>
public sealed class StdinEnqueueTests : IDisposable
{
    private readonly Terminal _terminal = new();

    [Fact]
    public async Task Answers_each_line_in_order()
    {
        var input = """
            {"type":"naq.noop"}
            {"type":"a.b","queue":"mail","payload":{"x":1.50},"delay":"5s","unique":"k","attempts":3,"priority":"high","timeout":60}
            nonsense
            {"type":"a.b","unique":"k"}
            {"type":"naq.nope"}
            {"type":"a.b","dealy":1}
            {"queue":"mail"}
            {"type":"a.b","payload":{"x":1,"x":2}}
            {"type":"a.b","delay":"5s","run_at":"2030-01-01T00:00:00Z"}
            {"type":"a.b","run_at":"2030-01-01T00:00:00Z"}

            """;

        var said = await _terminal.RunAsync(input, ["enqueue", "--stdin"], TestContext.Current.CancellationToken);

        Assert.Equal(ExitCodes.PartlyDone, said.Code);
        var answers = said.OutLines.Select(static line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(Enumerable.Range(1, 10), answers.Select(static a => a.GetProperty("line").GetInt32()));
        Assert.Equal([1, 2, 4, 10], answers.Where(static a => a.TryGetProperty("id", out _)).Select(static a => a.GetProperty("line").GetInt32()));
        Assert.Equal(answers[1].GetProperty("id").GetString(), answers[3].GetProperty("id").GetString());
        Assert.Equal([false, false, true, false], answers.Where(static a => a.TryGetProperty("id", out _)).Select(static a => a.GetProperty("duplicate").GetBoolean()));
        Assert.Contains("Did you mean 'naq.", answers[4].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Contains("Did you mean 'delay'?", answers[5].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal("type is missing.", answers[6].GetProperty("error").GetString());
    }

    [Fact]
    public async Task Stores_what_the_line_says()
    {
        var said = await _terminal.RunAsync(
            """{"type":"a.b","queue":"mail","payload":{"x":1.50},"delay":90,"priority":"low"}""", ["enqueue", "--stdin"], TestContext.Current.CancellationToken);
        using var answer = JsonDocument.Parse(said.Out);

        using var shown = JsonDocument.Parse((await _terminal.RunAsync("job", "show", answer.RootElement.GetProperty("id").GetString()!, "-o", "json")).Out);

        var job = shown.RootElement;
        Assert.Equal(("a.b", "mail", "scheduled", "low"), (Text("type"), Text("queue"), Text("state"), Text("priority")));
        Assert.Equal("""{"x":1.50}""", job.GetProperty("payload").GetRawText());
        Assert.Equal(90, (job.GetProperty("due_at").GetDateTimeOffset() - job.GetProperty("enqueued_at").GetDateTimeOffset()).TotalSeconds, tolerance: 0.01);
        string? Text(string name) => job.GetProperty(name).GetString();
    }

    [Fact]
    public async Task Options_of_the_command_line_fill_what_lines_leave_open()
    {
        await _terminal.RunAsync("{\"type\":\"a.b\"}\n{\"type\":\"a.b\",\"queue\":\"other\"}", ["enqueue", "--stdin", "--queue", "mail"], TestContext.Current.CancellationToken);

        using var queues = JsonDocument.Parse((await _terminal.RunAsync("queue", "list", "-o", "json")).Out);
        Assert.Equal(["mail", "other"], queues.RootElement.EnumerateArray().Select(static q => q.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task Twenty_thousand_lines_are_stored_in_bulk()
    {
        var input = string.Concat(Enumerable.Repeat("{\"type\":\"naq.noop\"}\n", 20_000));

        var said = await _terminal.RunAsync(input, ["enqueue", "--stdin"], TestContext.Current.CancellationToken);

        Assert.Equal(0, said.Code);
        Assert.Equal(20_000, said.OutLines.Length);
        Assert.Contains("\"ready\":20000", (await _terminal.RunAsync("queue", "list", "-o", "ndjson")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_input_is_no_error()
    {
        var said = await _terminal.RunAsync("", ["enqueue", "--stdin"], TestContext.Current.CancellationToken);

        Assert.Equal((0, "", ""), (said.Code, said.Out, said.Error));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    public async Task Lines_are_the_same_however_they_arrive(int pieceBytes)
    {
        var reader = new LineReader(new Pieces("one\ntwo\n\nfour", pieceBytes));

        Assert.Equal(["1:one", "2:two", "3:", "4:four"], await AllAsync(reader, limit: 2));
    }

    [Fact]
    public async Task A_line_without_end_is_skipped_and_costs_no_memory()
    {
        var text = "ok\n" + new string('x', 3 * LineReader.MaxLineBytes) + "\nafter";

        Assert.Equal(["1:ok", "2:(too long)", "3:after"], await AllAsync(new LineReader(new Pieces(text, 60_000)), limit: 1000));
    }

    public void Dispose() => _terminal.Dispose();

    private static async Task<List<string>> AllAsync(LineReader reader, int limit)
    {
        var (all, lines, isMore) = (new List<string>(), new List<InputLine>(), true);
        while (isMore)
        {
            lines.Clear();
            isMore = await reader.ReadAsync(lines, limit, TestContext.Current.CancellationToken);
            Assert.True(lines.Count <= limit);
            all.AddRange(lines.Select(static l => $"{l.Number}:{(l.Text is null ? "(too long)" : Encoding.UTF8.GetString(l.Text))}"));
        }

        return all;
    }

    /// <summary>A stream that hands out its text in pieces, as a pipe does.</summary>
    private sealed class Pieces(string text, int size) : MemoryStream(Encoding.UTF8.GetBytes(text))
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(size, buffer.Length)], cancellationToken);
    }
}
