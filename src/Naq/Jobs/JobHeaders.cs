using System.Collections.Frozen;
using System.Text;

namespace Naq;

/// <summary>The rules for what travels beside a payload. They bind whoever enqueues; what a job that is read brings is kept as it is.</summary>
internal static class JobHeaders
{
    public const int MaxCount = 16;
    public const int MaxBytes = 1024;

    public static IReadOnlyDictionary<string, string> None { get; } = FrozenDictionary<string, string>.Empty;

    /// <summary>A copy of <paramref name="headers"/>; null where there are none.</summary>
    /// <exception cref="NaqConfigurationException">They are too many or too large, or one is not valid.</exception>
    public static IReadOnlyDictionary<string, string>? Require(string type, IReadOnlyDictionary<string, string>? headers)
    {
        if (headers is not { Count: > 0 })
        {
            return null;
        }

        foreach (var (name, value) in headers)
        {
            if (!Names.IsJobType(name))
            {
                throw new NaqConfigurationException(
                    $"Header name '{Printable.Escape(name)}' of a '{type}' job is not valid: use 1 to 96 of a-z, 0-9, '_', '.' or '-', the first a letter or digit.");
            }

            if (value is null || value.Any(char.IsControl))
            {
                throw new NaqConfigurationException($"Header '{name}' of a '{type}' job is not valid: use text without control characters.");
            }
        }

        return Fits(headers)
            ? new Dictionary<string, string>(headers, StringComparer.Ordinal)
            : throw new NaqConfigurationException(
                $"A '{type}' job has {headers.Count} headers of {Bytes(headers)} bytes; at most {MaxCount} of {MaxBytes} bytes in all are taken. Put data into the payload.");
    }

    /// <summary>Whether they are few and small enough.</summary>
    public static bool Fits(IReadOnlyDictionary<string, string> headers) => headers.Count <= MaxCount && Bytes(headers) <= MaxBytes;

    private static int Bytes(IReadOnlyDictionary<string, string> headers)
    {
        var bytes = 0;
        foreach (var (name, value) in headers)
        {
            bytes += Encoding.UTF8.GetByteCount(name) + Encoding.UTF8.GetByteCount(value);
        }

        return bytes;
    }
}
