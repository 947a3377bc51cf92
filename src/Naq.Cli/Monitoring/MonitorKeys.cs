using System.Threading.Channels;

namespace Naq.Cli.Monitoring;

/// <summary>What is pressed, one key after the other.</summary>
internal static class MonitorKeys
{
    private const int MostWaiting = 16;

    /// <summary>Listens on a thread of its own, which ends with the process: a terminal's key cannot be waited for in any way that ends sooner.</summary>
    public static ChannelReader<ConsoleKeyInfo> Listen(Func<ConsoleKeyInfo> read)
    {
        var keys = Channel.CreateBounded<ConsoleKeyInfo>(new BoundedChannelOptions(MostWaiting)
        {
            FullMode = BoundedChannelFullMode.DropWrite,
            SingleReader = true,
            SingleWriter = true,
        });
        new Thread(() => ListenTo(read, keys.Writer)) { IsBackground = true, Name = "naq monitor keys" }.Start();
        return keys.Reader;
    }

    private static void ListenTo(Func<ConsoleKeyInfo> read, ChannelWriter<ConsoleKeyInfo> keys)
    {
        try
        {
            // A terminal that is gone answers with no key, again and again.
            while (read() is var key && (key.Key != ConsoleKey.None || key.KeyChar != '\0'))
            {
                _ = keys.TryWrite(key);
            }
        }
        catch (Exception error) when (error is InvalidOperationException or IOException)
        {
            // No keyboard is there after all: Ctrl+C ends it.
        }

        _ = keys.TryComplete();
    }
}
