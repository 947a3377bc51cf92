using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Naq.Nats.Tests.Faults;

/// <summary>A network between a client and a server, that can be slow, silent or gone.</summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _target;
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _lock = new();
    private readonly List<Socket> _sockets = [];
    private readonly List<Task> _tasks = [];
    private TaskCompletionSource? _answersHeld;
    private volatile bool _isCut;

    private TcpProxy(int target) => _target = target;

    public string Url => $"nats://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>How long each piece of data is under way, in each direction.</summary>
    public TimeSpan Delay { get; set; }

    public static TcpProxy Start(string url)
    {
        var proxy = new TcpProxy(new Uri(url).Port);
        proxy._listener.Start();
        proxy._tasks.Add(proxy.AcceptAsync());
        return proxy;
    }

    /// <summary>Breaks every connection and refuses new ones.</summary>
    public void Cut()
    {
        _isCut = true;
        lock (_lock)
        {
            _sockets.ForEach(static socket => socket.Close());
            _sockets.Clear();
        }
    }

    /// <summary>Holds back what the server says; what it is told still arrives.</summary>
    public void HoldAnswers() => _answersHeld = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends whatever was done.</summary>
    public void Heal()
    {
        _isCut = false;
        var held = _answersHeld;
        _answersHeld = null;
        held?.TrySetResult();
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        Cut();
        _listener.Stop();
        Heal();
        Task[] tasks;
        lock (_lock)
        {
            tasks = [.. _tasks];
        }

        await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var client = await _listener.AcceptSocketAsync(_end.Token);
            if (_isCut)
            {
                client.Close();
                continue;
            }

            var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            client.NoDelay = true;
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _target, _end.Token);
            }
            catch (SocketException)
            {
                // The server is down: so is this connection.
                client.Close();
                continue;
            }

            lock (_lock)
            {
                _sockets.AddRange([client, server]);
                _tasks.AddRange([PassAsync(client, server, isAnswer: false), PassAsync(server, client, isAnswer: true)]);
            }
        }
    }

    /// <summary>Data keeps its order, and its delay does not add up.</summary>
    private async Task PassAsync(Socket from, Socket to, bool isAnswer)
    {
        var pieces = Channel.CreateUnbounded<(long Due, byte[] Data)>();
        var writing = WriteAsync();
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, _end.Token) is > 0 and var count)
            {
                var due = TimeProvider.System.GetTimestamp() + (long)(Delay.TotalSeconds * TimeProvider.System.TimestampFrequency);
                _ = pieces.Writer.TryWrite((due, buffer[..count]));
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Broken: so is the other half.
        }

        _ = pieces.Writer.TryComplete();
        await writing;
        from.Close();
        to.Close();

        async Task WriteAsync()
        {
            try
            {
                await foreach (var (due, data) in pieces.Reader.ReadAllAsync(_end.Token))
                {
                    var left = TimeProvider.System.GetElapsedTime(TimeProvider.System.GetTimestamp(), due);
                    if (left > TimeSpan.Zero)
                    {
                        await Task.Delay(left, TimeProvider.System, _end.Token);
                    }

                    if (isAnswer && _answersHeld is { } held)
                    {
                        await held.Task.WaitAsync(_end.Token);
                    }

                    _ = await to.SendAsync(data, _end.Token);
                }
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                from.Close();
            }
        }
    }
}
