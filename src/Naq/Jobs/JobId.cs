using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Naq;

/// <summary>Names one job, over all queues and brokers, for ever. Printed as 32 lower-case hexadecimal digits.</summary>
/// <param name="Value">A version 7 GUID: ids sort by the time of their making, those of one process strictly.</param>
public readonly record struct JobId(Guid Value)
{
    /// <summary>Characters of an id as it is printed.</summary>
    internal const int TextLength = 32;

    private static readonly ConditionalWeakTable<TimeProvider, Source> Sources = [];

    /// <summary>When it was made, to the millisecond, by its leading bits. Of an id that somebody else has made it may be any time.</summary>
    internal DateTimeOffset MadeAt
    {
        get
        {
            Span<byte> bytes = stackalloc byte[16];
            _ = Value.TryWriteBytes(bytes, bigEndian: true, out _);
            return DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(BinaryPrimitives.ReadInt64BigEndian(bytes) >>> 16, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));
        }
    }

    /// <summary>Makes a new id whose leading bits are the wall time of <paramref name="time"/>, and that sorts behind the one made before. Safe for concurrent use.</summary>
    /// <remarks>The 12 bits behind the milliseconds are their fraction, or one more than the last id's (RFC 9562, 6.2, methods 1 and 3).</remarks>
    public static JobId New(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        return Sources.GetValue(time, static time => new(time)).Next();
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

    /// <summary>The ids of one clock: its newest stamp, and random bytes in store, for the system takes longer to give eight than all the rest of an id.</summary>
    private sealed class Source(TimeProvider time)
    {
        /// <summary>A clock that was set back by more than this is believed: ids follow it.</summary>
        private const long LargestStepBack = 1000L << 12;

        private readonly Lock _lock = new();
        private readonly byte[] _random = new byte[2048];
        private int _left;
        private long _newest;

        public JobId Next()
        {
            var ticks = time.GetUtcNow().Ticks - DateTime.UnixEpoch.Ticks;
            var stamp = ((ticks / TimeSpan.TicksPerMillisecond) << 12) | ((ticks % TimeSpan.TicksPerMillisecond) * 4096 / TimeSpan.TicksPerMillisecond);
            lock (_lock)
            {
                if (_left == 0)
                {
                    RandomNumberGenerator.Fill(_random);
                    _left = _random.Length;
                }

                _left -= sizeof(ulong);
                _newest = stamp > _newest || _newest - stamp > LargestStepBack ? stamp : _newest + 1;
                return new(Version7(_newest, BinaryPrimitives.ReadUInt64BigEndian(_random.AsSpan(_left))));
            }
        }

        private static Guid Version7(long stamp, ulong random)
        {
            Span<byte> bytes = stackalloc byte[16];
            BinaryPrimitives.WriteInt64BigEndian(bytes, (stamp >> 12 << 16) | 0x7000 | (stamp & 0xFFF));
            BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], (random >> 2) | (1UL << 63));
            return new(bytes, bigEndian: true);
        }
    }
}
