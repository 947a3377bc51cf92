using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Naq.Brokers;
using Naq.Cli.Probing;

namespace Naq.Cli.Tests.Probing;

public sealed class HealthServerTests : IAsyncDisposable
{
    private readonly Broker _broker = MemoryBroker.Open(new(), TimeProvider.System);
    private readonly HealthServer _server;
    private string? _fault;

    public HealthServerTests() =>
        _server = HealthServer.Start(new(IPAddress.Loopback, 0), new(_broker, TimeProvider.System, () => _fault), TimeProvider.System, NullLogger.Instance);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_process_of_use_is_alive_and_ready()
    {
        Assert.Equal("HTTP/1.1 200 OK", (await AskAsync("GET /livez HTTP/1.1"))[0]);
        var ready = await AskAsync("GET /readyz?verbose HTTP/1.1");

        Assert.Equal("HTTP/1.1 200 OK", ready[0]);
        Assert.Contains("Content-Type: text/plain; charset=utf-8", ready);
        Assert.Contains("Connection: close", ready);
        Assert.Equal("ok", ready[^2]);
    }

    [Fact]
    public async Task A_process_that_drains_is_alive_and_not_ready()
    {
        _fault = "draining";

        var ready = await AskAsync("GET /readyz HTTP/1.1");

        Assert.Equal(("HTTP/1.1 503 Service Unavailable", "draining"), (ready[0], ready[^2]));
        Assert.Equal("HTTP/1.1 200 OK", (await AskAsync("GET /livez HTTP/1.1"))[0]);
    }

    [Fact]
    public async Task Metrics_have_their_content_type()
    {
        var metrics = await AskAsync("GET /metrics HTTP/1.1");

        Assert.Equal("HTTP/1.1 200 OK", metrics[0]);
        Assert.Contains("Content-Type: text/plain; version=0.0.4; charset=utf-8", metrics);
    }

    [Fact]
    public async Task A_head_has_the_length_and_no_body()
    {
        var head = await AskAsync("HEAD /livez HTTP/1.1");

        Assert.Contains("Content-Length: 3", head);
        Assert.Equal("", head[^1]);
        Assert.DoesNotContain("ok", head);
    }

    [Theory]
    [InlineData("POST /livez HTTP/1.1", "HTTP/1.1 405 Method Not Allowed")]
    [InlineData("DELETE / HTTP/1.1", "HTTP/1.1 405 Method Not Allowed")]
    [InlineData("GET / HTTP/1.1", "HTTP/1.1 404 Not Found")]
    [InlineData("GET /../etc/passwd HTTP/1.1", "HTTP/1.1 404 Not Found")]
    [InlineData("GET http://x/livez HTTP/1.1", "HTTP/1.1 400 Bad Request")]
    [InlineData("GET /livez", "HTTP/1.1 400 Bad Request")]
    [InlineData("nonsense", "HTTP/1.1 400 Bad Request")]
    public async Task Nothing_else_is_served(string line, string status) => Assert.Equal(status, (await AskAsync(line))[0]);

    [Theory]
    [InlineData("evil.example", "HTTP/1.1 403 Forbidden")]
    [InlineData("evil.example:80", "HTTP/1.1 403 Forbidden")]
    [InlineData("localhost:9090", "HTTP/1.1 200 OK")]
    [InlineData("127.0.0.1:9090", "HTTP/1.1 200 OK")]
    [InlineData("[::1]:9090", "HTTP/1.1 200 OK")]
    [InlineData("10.1.2.3", "HTTP/1.1 200 OK")]
    public async Task A_name_that_points_to_this_machine_reads_nothing(string host, string status) =>
        Assert.Equal(status, (await AskAsync($"GET /metrics HTTP/1.1\r\nHost: {host}"))[0]);

    [Fact]
    public async Task A_head_without_end_is_cut_off()
    {
        Assert.Equal("HTTP/1.1 400 Bad Request", (await AskAsync("GET /livez HTTP/1.1\r\nX: " + new string('x', 9000), end: ""))[0]);
    }

    [Fact]
    public async Task More_connections_than_places_are_served_in_turn()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => AskAsync("GET /livez HTTP/1.1")));

        Assert.All(answers, static answer => Assert.Equal("HTTP/1.1 200 OK", answer[0]));
    }

    [Fact]
    public async Task A_broker_that_does_not_answer_makes_it_not_ready_and_is_asked_once_a_second()
    {
        var store = new LostStore();
        using var pages = new HealthPages(new(_broker.Jobs, store, "test"), new StoppedClock(), static () => null);

        var answers = new List<Page?> { await pages.FindAsync("/readyz", Ct), await pages.FindAsync("/readyz", Ct) };

        Assert.All(answers, static answer => Assert.Equal(new Page(503, "no \\x1b[31m route\n"), answer));
        Assert.Equal(1, store.Reads);
        Assert.Equal(200, (await pages.FindAsync("/livez", Ct))!.Value.Status);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _broker.DisposeAsync();
    }

    /// <summary>No time passes between two questions.</summary>
    private sealed class StoppedClock : TimeProvider
    {
        public override long GetTimestamp() => 1;
    }

    private sealed class LostStore : IClusterStore
    {
        public int Reads { get; private set; }

        public ValueTask<ClusterEntry?> GetAsync(string key, CancellationToken ct)
        {
            Reads++;
            throw new BrokerUnavailableException("no \x1b[31m route");
        }

        public ValueTask<long?> PutAsync(string key, ReadOnlyMemory<byte> value, long? ifVersion, TimeSpan? ttl, CancellationToken ct) => throw new NotSupportedException();

        public ValueTask<bool> DeleteAsync(string key, long? ifVersion, CancellationToken ct) => throw new NotSupportedException();

        public ValueTask<IReadOnlyList<ClusterEntry>> ListAsync(string prefix, CancellationToken ct) => throw new NotSupportedException();

        public IAsyncEnumerable<ClusterChange> WatchAsync(string prefix, CancellationToken ct) => throw new NotSupportedException();
    }

    private async Task<string[]> AskAsync(string head, string end = "\r\n\r\n")
    {
        using var client = new TcpClient();
        await client.ConnectAsync(_server.EndPoint, Ct);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head + end), Ct);
        using var reader = new StreamReader(stream);
        return (await reader.ReadToEndAsync(Ct)).Split('\n').Select(static line => line.TrimEnd('\r')).ToArray();
    }
}
