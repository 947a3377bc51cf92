using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Naq.Cli.Probing;

/// <summary>Where to serve health.</summary>
/// <param name="Host">The address to listen on.</param>
/// <param name="Port">The port; 0: any free one, which the log names.</param>
internal sealed record HealthAddress(IPAddress Host, int Port)
{
    public IPEndPoint EndPoint => new(Host, Port);
}

/// <summary>Serves <see cref="HealthPages"/> over HTTP/1.1: GET and HEAD, one request a connection, few connections at once, each bounded in size and time.</summary>
/// <remarks>Own code, since the platform's HttpListener wants rights on Windows and knows no free port, and Kestrel would be the larger half of a worker.</remarks>
internal sealed partial class HealthServer : IAsyncDisposable
{
    private const int MaxHeadBytes = 8 * 1024;
    private const int MaxConnections = 16;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly TcpListener _listener;
    private readonly HealthPages _pages;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _free = new(MaxConnections, MaxConnections);
    private readonly Task _accepting;

    private HealthServer(TcpListener listener, HealthPages pages, TimeProvider time, ILogger log)
    {
        (_listener, _pages, _time, _log) = (listener, pages, time, log);
        LogServes(EndPoint);
        _accepting = AcceptAsync();
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>Starts to serve; owns <paramref name="pages"/> from then on.</summary>
    /// <exception cref="SocketException">The address cannot be used; <paramref name="pages"/> stay the caller's.</exception>
    public static HealthServer Start(HealthAddress address, HealthPages pages, TimeProvider time, ILogger log)
    {
        var listener = new TcpListener(address.EndPoint);
        try
        {
            listener.Start();
        }
        catch (SocketException)
        {
            listener.Dispose();
            throw;
        }

        return new(listener, pages, time, log);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        for (var i = 0; i < MaxConnections; i++)
        {
            await _free.WaitAsync().ConfigureAwait(false); // each connection has ended
        }

        _pages.Dispose();
        _free.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await _free.WaitAsync(_stop.Token).ConfigureAwait(false);
                Socket socket;
                try
                {
                    socket = await _listener.AcceptSocketAsync(_stop.Token).ConfigureAwait(false);
                }
                catch
                {
                    _ = _free.Release();
                    throw;
                }

                _ = ServeAsync(socket); // ends by itself within its patience, and gives its place back: DisposeAsync waits for all places
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                if (_stop.IsCancellationRequested)
                {
                    return;
                }

                // Out of descriptors, or a peer that was gone at once: the next one may come through.
                LogCannotAccept(error);
                await Task.Delay(TimeSpan.FromMilliseconds(100), _time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            using (socket)
            {
                using var patience = new CancellationTokenSource(Patience, _time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _stop.Token);
                var head = await ReadHeadAsync(socket, either.Token).ConfigureAwait(false);
                var answer = await AnswerAsync(head, either.Token).ConfigureAwait(false);
                for (var sent = 0; sent < answer.Length;)
                {
                    sent += await socket.SendAsync(answer.AsMemory(sent), SocketFlags.None, either.Token).ConfigureAwait(false);
                }

                await LingerAsync(socket, either.Token).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The peer left, or was too slow.
        }
        catch (Exception error)
        {
            LogFailed(error);
        }
        finally
        {
            _ = _free.Release();
        }
    }

    /// <summary>Closing over what was not read would take the answer back: the rest is read, as far as that is reasonable.</summary>
    private static async ValueTask LingerAsync(Socket socket, CancellationToken ct)
    {
        socket.Shutdown(SocketShutdown.Send);
        var rest = new byte[MaxHeadBytes];
        for (var read = 0; read < 8 * MaxHeadBytes;)
        {
            var count = await socket.ReceiveAsync(rest, SocketFlags.None, ct).ConfigureAwait(false);
            if (count == 0)
            {
                return;
            }

            read += count;
        }
    }

    /// <summary>What stands before the empty line; empty: it is larger than a head may be, or has no end.</summary>
    private static async ValueTask<ReadOnlyMemory<byte>> ReadHeadAsync(Socket socket, CancellationToken ct)
    {
        var buffer = new byte[MaxHeadBytes];
        for (var length = 0; length < buffer.Length;)
        {
            var count = await socket.ReceiveAsync(buffer.AsMemory(length), SocketFlags.None, ct).ConfigureAwait(false);
            if (count == 0)
            {
                break;
            }

            length += count;
            if (buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8) is >= 0 and var end)
            {
                return buffer.AsMemory(0, end);
            }
        }

        return default;
    }

    private async ValueTask<byte[]> AnswerAsync(ReadOnlyMemory<byte> head, CancellationToken ct)
    {
        if (HttpRequest.Read(head.Span) is not { } request)
        {
            return Write(new(400, "not a request\n"), hasBody: true);
        }

        if (IPAddress.IsLoopback(EndPoint.Address) && !request.IsForAddress())
        {
            return Write(new(403, "ask by address, or as localhost\n"), hasBody: true);
        }

        if (request.Method is not ("GET" or "HEAD"))
        {
            return Write(new(405, "use GET or HEAD\n"), hasBody: true);
        }

        var page = await _pages.FindAsync(request.Path, ct).ConfigureAwait(false) ?? new(404, "use /livez, /readyz or /metrics\n");
        return Write(page, hasBody: request.Method == "GET");
    }

    private static byte[] Write(Page page, bool hasBody)
    {
        var body = Encoding.UTF8.GetBytes(page.Body);
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {page.Status} {Phrase(page.Status)}\r\nContent-Type: {page.ContentType}\r\nContent-Length: {body.Length}\r\n"
            + $"{(page.Status == 405 ? "Allow: GET, HEAD\r\n" : "")}Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n");
        return [.. Encoding.ASCII.GetBytes(head), .. hasBody ? body : []];
    }

    private static string Phrase(int status) => status switch
    {
        200 => "OK",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        _ => "Service Unavailable",
    };

    [LoggerMessage(3020, LogLevel.Information, "Health is served at http://{EndPoint}: /livez, /readyz, /metrics")]
    private partial void LogServes(IPEndPoint endPoint);

    [LoggerMessage(3021, LogLevel.Warning, "A connection to the health port could not be accepted")]
    private partial void LogCannotAccept(Exception error);

    [LoggerMessage(3022, LogLevel.Error, "A question at the health port could not be answered")]
    private partial void LogFailed(Exception error);
}
