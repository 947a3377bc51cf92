using System.Net.Sockets;
using Naq.Cli.Invoking;
using Naq.Cli.Shells;
using Naq.Nats.Local;

namespace Naq.Cli.Connecting;

/// <summary>The server that <c>--broker nats</c> stands for where nobody runs one.</summary>
internal static class OwnServer
{
    /// <summary>Starts a server that ends with the command, with its store in the state folder. Where one listens already, that one is used.</summary>
    public static async Task StartAsync(Invocation run, CancellationToken ct)
    {
        if (await ListensAsync(ct).ConfigureAwait(false))
        {
            return;
        }

        var folder = Path.Combine(BrokerAddress.StateFolder(run.Shell), "naq", "nats");
        var server = await LocalServer.StartAsync(folder, BrokerAddress.LocalPort, "", ct).ConfigureAwait(false);
        run.Own(server);
        run.Note($"nats-server started at {server.Url}, store in {Pasteable.Word(folder)}");
    }

    private static async Task<bool> ListensAsync(CancellationToken ct)
    {
        using var probe = new TcpClient();
        try
        {
            await probe.ConnectAsync("127.0.0.1", BrokerAddress.LocalPort, ct).ConfigureAwait(false);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
