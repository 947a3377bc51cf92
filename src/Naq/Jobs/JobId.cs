using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Naq;

/// <summary>Names one job, over all queues and brokers, for ever. Printed as 32 lower-case hexadecimal digits.</summary>
/// <param name="Value">A version 7 GUID: ids sort by the time of their making, those of one process strictly.</param>
public readonly record struct JobId(Guid Value)
{
    /// <summary>A clock that was set back by more than this is believed: ids follow it.</summary>
    private const long LargestStepBack = 1000L << 12;

    private static readonly ConditionalWeakTable<TimeProvider, StrongBox<long>> Newest = [];

    /// <summary>Makes a new id whose leading bits are the wall time of <paramref name="time"/>, and that sorts behind the one made before. Safe for concurrent use.</summary>
    /// <remarks>The 12 bits behind the milliseconds are their fraction, or one more than the last id's (RFC 9562, 6.2, methods 1 and 3).</remarks>
    public static JobId New(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        var ticks = time.GetUtcNow().Ticks - DateTime.UnixEpoch.Ticks;
        var stamp = ((ticks / TimeSpan.TicksPerMillisecond) << 12) | ((ticks % TimeSpan.TicksPerMillisecond) * 4096 / TimeSpan.TicksPerMillisecond);
        ref var newest = ref Newest.GetValue(time, static _ => new(0)).Value!;
        for (var last = Volatile.Read(ref newest); ; last = Volatile.Read(ref newest))
        {
            var next = stamp > last || last - stamp > LargestStepBack ? stamp : last + 1;
            if (Interlocked.CompareExchange(ref newest, next, last) == last)
            {
                return new(WithStamp(Guid.NewGuid(), next));
            }
        }
    }

    /// <summary>Reads an id as <see cref="ToString"/> prints it; dashes are accepted.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out JobId id)
    {
        var parsed = Guid.TryParse(text, out var value);
        id = new(value);
        return parsed;
    }

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("N");

    private static Guid WithStamp(Guid random, long stamp)
    {
        Span<byte> bytes = stackalloc byte[16];
        _ = random.TryWriteBytes(bytes, bigEndian: true, out _);
        var (ms, fraction) = (stamp >> 12, stamp & 0xFFF);
        for (var i = 0; i < 6; i++)
        {
            bytes[i] = (byte)(ms >> (40 - (8 * i)));
        }

        bytes[6] = (byte)(0x70 | (fraction >> 8));
        bytes[7] = (byte)fraction;
        return new(bytes, bigEndian: true);
    }
}
