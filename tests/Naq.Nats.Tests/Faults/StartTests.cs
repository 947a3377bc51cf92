using System.Net;
using System.Net.Sockets;
using System.Text;
using NATS.Client.JetStream.Models;

namespace Naq.Nats.Tests.Faults;

/// <summary>What is found at the start: nothing, something else, or the wrong server.</summary>
public sealed class StartTests : FaultTest
{
    [Fact]
    public async Task Eight_processes_at_once_make_the_streams_once()
    {
        var server = await StartAsync();

        var brokers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => OpenAsync(server.Url)));

        var streams = new List<string>();
        await foreach (var name in Raw(server.Url).ListStreamNamesAsync(cancellationToken: Ct))
        {
            streams.Add(name);
        }

        Assert.Equal(["KV_naq", "NAQ_COUNT", "NAQ_DEAD", "NAQ_EV", "NAQ_JOBS", "NAQ_REC"], streams.Order(StringComparer.Ordinal));
        Assert.All(await Task.WhenAll(brokers.Select(static broker => broker.Jobs.EnqueueAsync([Job()], Ct).AsTask())), static answer => Assert.Equal(EnqueueStatus.Accepted, Assert.Single(answer).Status));
        Assert.Equal(8, Assert.Single(await brokers[0].Jobs.CountsAsync([Queue], Ct)).Ready);
    }

    [Fact]
    public async Task A_stream_of_another_shape_is_reported_with_the_difference_and_left_alone()
    {
        var server = await StartAsync();
        var js = Raw(server.Url);
        _ = await js.CreateStreamAsync(new StreamConfig { Name = "NAQ_JOBS", Subjects = ["naq.j.>", "naq.s.>"], Retention = StreamConfigRetention.Limits }, Ct);

        var error = await Assert.ThrowsAsync<NaqConfigurationException>(() => OpenAsync(server.Url));

        Assert.Contains("NAQ_JOBS", error.Message, StringComparison.Ordinal);
        Assert.Contains("retention is Limits, not Workqueue", error.Message, StringComparison.Ordinal);
        Assert.Contains("its subjects are naq.j.> naq.s.>, not", error.Message, StringComparison.Ordinal);
        var kept = (await js.GetStreamAsync("NAQ_JOBS", cancellationToken: Ct)).Info.Config;
        Assert.Equal((StreamConfigRetention.Limits, false), (kept.Retention, kept.AllowMsgSchedules));
    }

    [Fact]
    public async Task A_stream_with_other_bounds_is_used_as_it_is_and_said_so()
    {
        var server = await StartAsync();
        _ = await OpenAsync(new NatsBrokerOptions { Url = server.Url, MaxFinished = 1000 });

        _ = await OpenAsync(new NatsBrokerOptions { Url = server.Url, MaxFinished = 2000 });

        Assert.Contains("Stream NAQ_EV differs from this process's options and is left as it is: max_msgs is 1000, not 2000", Log.Text(2110), StringComparison.Ordinal);
        Assert.Equal(1000, (await Raw(server.Url).GetStreamAsync("NAQ_EV", cancellationToken: Ct)).Info.Config.MaxMsgs);
    }

    [Fact]
    public async Task A_server_without_JetStream_is_refused_with_the_reason()
    {
        var server = await StartAsync("jetstream: disabled");

        var error = await Assert.ThrowsAsync<BrokerUnavailableException>(() => OpenAsync(server.Url));

        Assert.Equal($"The server at {server.Url} has no JetStream. Use nats-server 2.12 or newer, started with -js.", error.Message);
    }

    [Fact]
    public async Task A_server_that_is_too_old_is_refused_with_its_version()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var serving = ServeAsync(listener);

        var error = await Assert.ThrowsAsync<BrokerUnavailableException>(() => OpenAsync($"nats://127.0.0.1:{port}"));

        Assert.Equal($"The server at nats://127.0.0.1:{port} is nats-server 2.10.0. Use nats-server 2.12 or newer, started with -js.", error.Message);
        await serving;
        listener.Dispose();
    }

    /// <summary>The first words of a server of 2023, and an answer to every ping.</summary>
    private static async Task ServeAsync(TcpListener listener)
    {
        using var socket = await listener.AcceptSocketAsync(Ct);
        _ = await socket.SendAsync("INFO {\"server_id\":\"old\",\"version\":\"2.10.0\",\"proto\":1,\"headers\":true,\"jetstream\":true,\"max_payload\":1048576}\r\n"u8.ToArray(), Ct);
        var buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer, Ct) is > 0 and var count)
        {
            if (Encoding.ASCII.GetString(buffer, 0, count).Contains("PING", StringComparison.Ordinal))
            {
                _ = await socket.SendAsync("PONG\r\n"u8.ToArray(), Ct);
            }
        }
    }
}
