using System.Net;
using System.Text;

namespace Naq.Cli.Probing;

/// <summary>The head of a request, as far as it matters here.</summary>
internal readonly record struct HttpRequest(string Method, string Path, string? Host)
{
    /// <summary>Reads what stands before the empty line; null: it is no request.</summary>
    public static HttpRequest? Read(ReadOnlySpan<byte> head)
    {
        var lines = Encoding.Latin1.GetString(head).Split("\r\n");
        if (lines[0].Split(' ') is not [var method, ['/', ..] target, "HTTP/1.1" or "HTTP/1.0"])
        {
            return null;
        }

        var host = Array.Find(lines, static line => line.StartsWith("Host:", StringComparison.OrdinalIgnoreCase));
        return new(method, target.Split('?', 2)[0], host?["Host:".Length..].Trim());
    }

    /// <summary>Whether it asks for an address, <c>localhost</c> or nothing: a page in a browser that had its own name point here does not.</summary>
    public bool IsForAddress()
    {
        if (Host is null or "")
        {
            return true;
        }

        var name = Host[0] == '[' ? Host[..(Host.IndexOf(']', StringComparison.Ordinal) + 1)] : Host.Split(':')[0];
        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase) || IPAddress.TryParse(name.Trim('[', ']'), out _);
    }
}
