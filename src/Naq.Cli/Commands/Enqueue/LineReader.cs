using System.Buffers;
using System.IO.Pipelines;

namespace Naq.Cli.Commands.Enqueue;

/// <summary>A line of input.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Text">Its bytes without the line end; null: it was too long and was skipped.</param>
internal readonly record struct InputLine(long Number, byte[]? Text);

/// <summary>Reads lines of bounded length. An endless line costs no memory.</summary>
internal sealed class LineReader(Stream input)
{
    /// <summary>A payload of 256 KiB fits even when every byte of it is escaped.</summary>
    public const int MaxLineBytes = 2 * 1024 * 1024;

    private readonly PipeReader _pipe = PipeReader.Create(input, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true));
    private bool _isSkipping;
    private long _number;

    /// <summary>Waits for input and adds every whole line that has come to <paramref name="lines"/>, at most <paramref name="limit"/>; false: the input has ended.</summary>
    public async ValueTask<bool> ReadAsync(List<InputLine> lines, int limit, CancellationToken ct)
    {
        while (true)
        {
            var read = await _pipe.ReadAsync(ct).ConfigureAwait(false);
            var buffer = read.Buffer;
            while (lines.Count < limit && buffer.PositionOf((byte)'\n') is { } end)
            {
                lines.Add(Take(buffer.Slice(0, end)));
                buffer = buffer.Slice(buffer.GetPosition(1, end));
            }

            if (read.IsCompleted && lines.Count < limit)
            {
                if (!buffer.IsEmpty || _isSkipping)
                {
                    lines.Add(Take(buffer));
                }

                await _pipe.CompleteAsync().ConfigureAwait(false);
                return false;
            }

            if (lines.Count == 0 && buffer.Length > MaxLineBytes)
            {
                _isSkipping = true;
                buffer = buffer.Slice(buffer.End);
            }

            // Whole lines that did not fit into `lines` count as unread, so that the next call finds them.
            _pipe.AdvanceTo(buffer.Start, lines.Count >= limit ? buffer.Start : buffer.End);
            if (lines.Count > 0)
            {
                return true;
            }
        }
    }

    private InputLine Take(ReadOnlySequence<byte> line)
    {
        var isTooLong = _isSkipping || line.Length > MaxLineBytes;
        _isSkipping = false;
        return new(++_number, isTooLong ? null : line.ToArray());
    }
}
