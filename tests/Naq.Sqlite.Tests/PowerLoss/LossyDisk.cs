using Microsoft.Win32.SafeHandles;
using Naq.Sqlite.Machine;

namespace Naq.Sqlite.Tests.PowerLoss;

/// <summary>A folder on a disk whose power can fail at any moment: knows of every file what was synced and what was only written, and makes images of what would be found afterwards.</summary>
/// <remarks>
/// The processes see the real files, which have everything. The model keeps beside them, per file, the content of the last sync and the writes since.
/// An image has the synced content, and of the later writes what chance says: sector by sector each stands as after some number of the writes that
/// touched it, the length as after some number of the writes, and of the names that were made or removed since the last sync of the folder the first
/// few. A sync covers what was written before it began, not what comes while it runs. Real syncs are left out: they would only take time.
/// </remarks>
internal sealed class LossyDisk(int seed) : LogDisk
{
    private readonly Lock _lock = new();
    private readonly Random _random = new(seed);
    private readonly Dictionary<string, LossyFile> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LossyFile> _syncedNames = new(StringComparer.Ordinal);
    private readonly List<(string Name, LossyFile? File)> _nameChanges = [];
    private readonly Dictionary<SafeFileHandle, LossyHandle> _logs = [];
    private TaskCompletionSource<Shot>? _shot;
    private Func<Acknowledged>? _acknowledged;
    private bool _isAtTelling;
    private int _left;
    private int _failedBefore;

    /// <summary>One in so many syncs of the log fails; 0: none.</summary>
    public int FailOneIn { get; set; }

    /// <summary>How many did.</summary>
    public int Failed { get; private set; }

    /// <summary>How often a log was begun: at its first frame a header is written.</summary>
    public int LogStarts { get; private set; }

    /// <summary>Syncs by SQLite, and by the syncer.</summary>
    public (int BySqlite, int BySyncer) Syncs { get; private set; }

    /// <summary>The power fails after so many more calls to the disk, or in the moment in which somebody is told something for so many times more. What was acknowledged by then is asked in the same moment.</summary>
    public Task<Shot> ShotAfter(int calls, bool isAtTelling, Func<Acknowledged> acknowledged)
    {
        lock (_lock)
        {
            (_left, _isAtTelling, _acknowledged) = (calls, isAtTelling, acknowledged);
            _shot = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _shot.Task;
        }
    }

    /// <summary>Whether nothing is missing that no later sync would bring.</summary>
    public bool IsWhole
    {
        get
        {
            lock (_lock)
            {
                return _names.Values.All(static file => !file.Changes.Exists(static change => change.IsForgotten));
            }
        }
    }

    /// <summary>Handles on the log that appear from here on were opened now: of what failed before they are not told.</summary>
    public void SessionsOpen()
    {
        lock (_lock)
        {
            _failedBefore = _names.Values.Sum(static file => file.Failures);
        }
    }

    /// <summary>Somebody was told something.</summary>
    public void Told()
    {
        lock (_lock)
        {
            Called(isTelling: true);
        }
    }

    public LossyHandle Open(string name, bool syncsFolder)
    {
        lock (_lock)
        {
            if (!_names.TryGetValue(name, out var file))
            {
                file = _names[name] = new();
                _nameChanges.Add((name, file));
            }

            return new(file, syncsFolder) { SeenFailures = file.Failures };
        }
    }

    public void Delete(string name)
    {
        lock (_lock)
        {
            if (_names.Remove(name))
            {
                _nameChanges.Add((name, null));
                Called();
            }
        }
    }

    public void Write(LossyHandle handle, long offset, ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            LogStarts += offset == 0 && data.Length == 32 ? 1 : 0;
            handle.File.Changes.Add(new(++handle.File.LastChange, offset, data.ToArray()));
            Called();
        }
    }

    public void Truncate(LossyHandle handle, long size)
    {
        lock (_lock)
        {
            handle.File.Changes.Add(new(++handle.File.LastChange, size, null));
            Called();
        }
    }

    /// <summary>False: it failed, and what it was to bring to the disk will not be brought there by a later sync either.</summary>
    public bool Sync(LossyHandle handle, bool isSyncer = false)
    {
        long upTo;
        int nameChanges;
        lock (_lock)
        {
            Syncs = isSyncer ? (Syncs.BySqlite, Syncs.BySyncer + 1) : (Syncs.BySqlite + 1, Syncs.BySyncer);
            (upTo, nameChanges) = (handle.File.LastChange, handle.SyncsFolder ? _nameChanges.Count : 0);
            Called();
            if (isSyncer && FailOneIn > 0 && _random.Next(FailOneIn) == 0)
            {
                Failed++;
                handle.File.Fail(upTo);
            }
        }

        // Meanwhile others write: none of that is covered.
        for (var turns = Turns(); turns > 0; turns--)
        {
            _ = Thread.Yield();
        }

        lock (_lock)
        {
            if (handle.SeenFailures < handle.File.Failures)
            {
                handle.SeenFailures = handle.File.Failures;
                return false;
            }

            handle.File.Settle(upTo);
            if (nameChanges > 0)
            {
                // Only one connection makes or removes names at a time; another sync of the folder has taken the same ones, or none.
                nameChanges = Math.Min(nameChanges, _nameChanges.Count);
                Rename(_syncedNames, nameChanges);
                _nameChanges.RemoveRange(0, nameChanges);
            }

            handle.SyncsFolder = false;
            Called();
            return true;
        }
    }

    /// <summary>The syncer's way to the same disk: by its handle, which must be on the log that SQLite writes.</summary>
    public override void Sync(SafeFileHandle file)
    {
        if (!Sync(Log(file), isSyncer: true))
        {
            throw new IOException("Input/output error");
        }
    }

    public override void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        Write(Log(file), offset, bytes);
        base.Write(file, bytes, offset);
    }

    private LossyHandle Log(SafeFileHandle handle)
    {
        var name = Path.GetFileName(new FileInfo($"/proc/self/fd/{handle.DangerousGetHandle()}").LinkTarget!);
        lock (_lock)
        {
            if (!_logs.TryGetValue(handle, out var known))
            {
                known = _logs[handle] = new(_names[name], syncsFolder: false) { SeenFailures = _failedBefore };
            }

            return _names.GetValueOrDefault(name) == known.File ? known : throw new InvalidOperationException($"{name} is not the log any more.");
        }
    }

    private int Turns()
    {
        lock (_lock)
        {
            return _random.Next(4) switch { 0 => _random.Next(5000), 1 => _random.Next(200), _ => 0 };
        }
    }

    private void Called(bool isTelling = false)
    {
        if (_shot is not null && isTelling == _isAtTelling && --_left <= 0)
        {
            _shot.SetResult(new(Image(), _acknowledged!()));
            _shot = null;
        }
    }

    private Dictionary<string, byte[]> Image()
    {
        var names = new Dictionary<string, LossyFile>(_syncedNames, StringComparer.Ordinal);
        Rename(names, _random.Next(_nameChanges.Count + 1));
        return names.ToDictionary(static pair => pair.Key, pair => pair.Value.Image(_random), StringComparer.Ordinal);
    }

    private void Rename(Dictionary<string, LossyFile> names, int changes)
    {
        foreach (var (name, file) in _nameChanges.Take(changes))
        {
            if (file is null)
            {
                _ = names.Remove(name);
            }
            else
            {
                names[name] = file;
            }
        }
    }
}

/// <summary>What the disk holds after the power was lost, and what somebody had been told before.</summary>
internal sealed record Shot(IReadOnlyDictionary<string, byte[]> Files, Acknowledged Acknowledged);

/// <summary>Jobs whose enqueue was acknowledged, and those whose success was.</summary>
internal sealed record Acknowledged(IReadOnlyCollection<Guid> Enqueued, IReadOnlyCollection<Guid> Succeeded);

/// <summary>An open file.</summary>
internal sealed class LossyHandle(LossyFile file, bool syncsFolder)
{
    public LossyFile File { get; } = file;

    /// <summary>Whether the next sync syncs the folder too, as SQLite does once for a journal or log that it may have made.</summary>
    public bool SyncsFolder { get; set; } = syncsFolder;

    /// <summary>A failure is reported once to each open file.</summary>
    public int SeenFailures { get; set; }
}

/// <summary>What a file's last sync left, and the changes since, in order.</summary>
internal sealed class LossyFile
{
    private readonly Content _synced = new();

    public List<Change> Changes { get; } = [];

    public long LastChange { get; set; }

    public int Failures { get; private set; }

    /// <summary>The system calls the pages clean: no later sync writes them.</summary>
    public void Fail(long upTo)
    {
        Failures++;
        for (var i = 0; i < Changes.Count; i++)
        {
            Changes[i] = Changes[i] with { IsForgotten = Changes[i].IsForgotten || (Changes[i].Number <= upTo && Changes[i].Data is not null) };
        }
    }

    public void Settle(long upTo)
    {
        var rest = new List<Change>();
        foreach (var change in Changes)
        {
            if (change.Number > upTo || change.IsForgotten)
            {
                rest.Add(change);
                continue;
            }

            // What was forgotten before, and is written over now, comes up no more.
            if (rest.Exists(old => old.IsForgotten && old.Meets(change)))
            {
                rest = [.. rest.SelectMany(old => old.IsForgotten && old.Number < change.Number ? old.Without(change) : [old])];
            }

            _synced.Apply(change);
        }

        Changes.Clear();
        Changes.AddRange(rest);
    }

    public byte[] Image(Random random)
    {
        var (sector, chance) = (random.Next(2) == 0 ? 512 : 4096, random.Next(4) switch { 0 => 0.0, 1 => 0.5, 2 => 0.95, _ => 1.0 });
        var cuts = new Dictionary<long, int>();
        var most = Changes.Where(static change => change.Data is not null).Select(static change => change.Offset + change.Data!.Length).Append(_synced.Length).Max();
        var content = _synced.Copy(most);
        long size = _synced.Length;
        var (sizeCut, sizeAfter) = (Cut(), 0L);
        sizeAfter = size;
        for (var i = 0; i < Changes.Count; i++)
        {
            var change = Changes[i];
            size = change.Data is { } data ? Math.Max(size, change.Offset + data.Length) : change.Offset;
            sizeAfter = i < sizeCut ? size : sizeAfter;
            var end = change.Data is { } written ? change.Offset + written.Length : content.Length;
            for (var at = change.Offset; at < end;)
            {
                var next = Math.Min(end, ((at / sector) + 1) * sector);
                if (i < CutOf(at / sector))
                {
                    var piece = content.AsSpan((int)at, (int)(next - at));
                    if (change.Data is { } bytes)
                    {
                        bytes.AsSpan((int)(at - change.Offset), piece.Length).CopyTo(piece);
                    }
                    else
                    {
                        piece.Clear();
                    }
                }

                at = next;
            }
        }

        Array.Resize(ref content, (int)sizeAfter);
        return content;

        int CutOf(long number) => cuts.TryGetValue(number, out var cut) ? cut : cuts[number] = Cut();

        int Cut() => random.NextDouble() < chance ? Changes.Count : random.Next(Changes.Count + 1);
    }
}

/// <summary>A write, or, without data, a cut to the length <paramref name="Offset"/>.</summary>
internal sealed record Change(long Number, long Offset, byte[]? Data, bool IsForgotten = false)
{
    /// <summary>Whether the other touches what this one wrote.</summary>
    public bool Meets(Change other) => Data is not null && other.Offset < Offset + Data.Length && (other.Data is null || other.Offset + other.Data.Length > Offset);

    /// <summary>What is left of this one where <paramref name="other"/> is on the disk.</summary>
    public IEnumerable<Change> Without(Change other)
    {
        if (Data is null)
        {
            yield return this;
            yield break;
        }

        var (end, otherEnd) = (Offset + Data.Length, other.Data is null ? long.MaxValue : other.Offset + other.Data.Length);
        if (Offset < other.Offset)
        {
            yield return this with { Data = Data[..(int)Math.Min(Data.Length, other.Offset - Offset)] };
        }

        if (end > otherEnd)
        {
            var from = Math.Max(Offset, otherEnd);
            yield return this with { Offset = from, Data = Data[(int)(from - Offset)..] };
        }
    }
}

/// <summary>Bytes that grow.</summary>
internal sealed class Content
{
    private byte[] _bytes = new byte[1 << 16];

    public long Length { get; private set; }

    public void Apply(Change change)
    {
        if (change.Data is not { } data)
        {
            Resize(change.Offset);
            return;
        }

        Resize(Math.Max(Length, change.Offset + data.Length));
        data.CopyTo(_bytes, (int)change.Offset);
    }

    /// <summary>The bytes, with zeros up to <paramref name="size"/>.</summary>
    public byte[] Copy(long size)
    {
        var copy = new byte[size];
        _bytes.AsSpan(0, (int)Length).CopyTo(copy);
        return copy;
    }

    private void Resize(long size)
    {
        if (size > _bytes.Length)
        {
            Array.Resize(ref _bytes, (int)Math.Max(size, 2L * _bytes.Length));
        }

        if (size < Length)
        {
            _bytes.AsSpan((int)size, (int)(Length - size)).Clear();
        }

        Length = size;
    }
}
