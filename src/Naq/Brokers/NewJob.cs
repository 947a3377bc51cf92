using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Naq.Brokers;

/// <summary>A job on its way into a broker: validated, serialised, with an id.</summary>
/// <param name="Id">Its id; enqueuing the same id twice stores it once.</param>
/// <param name="Type">Its type's stable name.</param>
/// <param name="Queue">Its queue's name.</param>
/// <param name="Priority">Its class.</param>
/// <param name="Payload">Its data: JSON, or an envelope in bytes where payloads are encrypted. A broker keeps it as it is.</param>
/// <param name="Settings">What travels with it.</param>
public sealed record NewJob(JobId Id, string Type, string Queue, JobPriority Priority, ReadOnlyMemory<byte> Payload, JobSettings Settings)
{
    /// <summary>Not to be run before this wall time; null or past: ready at once.</summary>
    public DateTimeOffset? RunAt { get; init; }

    /// <summary>Its unique key; null: none.</summary>
    public UniqueKey? Unique { get; init; }

    /// <summary>When it was enqueued, by the producer's wall clock.</summary>
    public required DateTimeOffset EnqueuedAt { get; init; }
}

/// <summary>A unique key as brokers keep it.</summary>
/// <param name="Hash">16 bytes that job type and key make (<see cref="Of"/>), big-endian: as good as unique, and near those of neighbouring keys.</param>
/// <param name="Period">Refuse a second job until this long after the enqueue, even when the first has ended. Null: only while it is in flight.</param>
public sealed record UniqueKey(Guid Hash, TimeSpan? Period)
{
    private const int MaxKeyBytes = 256;
    private const int NeighbourBytes = 2;
    private const int HashBytes = 16;

    /// <summary>So many bytes at the beginning of a hash are the same for neighbours.</summary>
    private const int CommonBytes = sizeof(uint);

    /// <summary>Hashes job type and key: 32 bits of what neighbours have in common, then 96 bits of SHA-256.</summary>
    /// <remarks>
    /// Neighbours are keys that differ in their last two bytes at most, as numbers that follow each other do. Many jobs are stored together for such
    /// keys, and brokers keep keys in order: side by side a hundred of them are on one page, not on a hundred.
    /// </remarks>
    /// <exception cref="NaqConfigurationException">The key is longer than 256 bytes of UTF-8.</exception>
    public static UniqueKey Of(string type, Unique unique)
    {
        ArgumentNullException.ThrowIfNull(unique);
        var length = Encoding.UTF8.GetByteCount(unique.Key);
        if (length > MaxKeyBytes)
        {
            throw new NaqConfigurationException($"The unique key of a '{type}' job is longer than 256 bytes. Use a shorter key, or a hash of it.");
        }

        var typeLength = Encoding.UTF8.GetByteCount(type);
        length += typeLength + 1;
        var text = length <= 2 * MaxKeyBytes ? stackalloc byte[length] : new byte[length];
        _ = Encoding.UTF8.GetBytes(type, text);
        text[typeLength] = (byte)'\n';
        _ = Encoding.UTF8.GetBytes(unique.Key, text[(typeLength + 1)..]);
        Span<byte> hash = stackalloc byte[CommonBytes + SHA256.HashSizeInBytes];
        BinaryPrimitives.WriteUInt32BigEndian(hash, Neighbourhood(text[..Math.Max(typeLength + 1, length - NeighbourBytes)]));
        _ = SHA256.HashData(text, hash[CommonBytes..]);
        return new(new(hash[..HashBytes], bigEndian: true), unique.Period);
    }

    /// <summary>The least and the greatest hash that may be a neighbour's of this one, or this one itself.</summary>
    internal static (Guid First, Guid Last) Around(Guid hash)
    {
        Span<byte> bytes = stackalloc byte[HashBytes];
        _ = hash.TryWriteBytes(bytes, bigEndian: true, out _);
        bytes[CommonBytes..].Clear();
        var first = new Guid(bytes, bigEndian: true);
        bytes[CommonBytes..].Fill(byte.MaxValue);
        return (first, new(bytes, bigEndian: true));
    }

    private static uint Neighbourhood(ReadOnlySpan<byte> text)
    {
        var crc = uint.MaxValue;
        foreach (var part in text)
        {
            crc = BitOperations.Crc32C(crc, part);
        }

        return crc;
    }
}

/// <summary>What became of one job of an enqueue.</summary>
public enum EnqueueStatus
{
    /// <summary>Stored, as durably as the broker's durability says.</summary>
    Accepted,

    /// <summary>The id, or the unique key, was there already.</summary>
    Duplicate,

    /// <summary>Refused: the queue has reached its <c>MaxLength</c>.</summary>
    QueueFull,

    /// <summary>Refused: the disk has less than <c>MinFreeDisk</c> left, or is full.</summary>
    DiskFull,
}

/// <summary>The answer for one job of an enqueue.</summary>
/// <param name="Id">The stored job: the new one's, or the one that was there already.</param>
/// <param name="Status">What became of it.</param>
public readonly record struct EnqueueResult(JobId Id, EnqueueStatus Status);
