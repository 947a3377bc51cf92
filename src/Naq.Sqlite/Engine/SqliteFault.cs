using SQLitePCL;

namespace Naq.Sqlite.Engine;

/// <summary>An error that SQLite reported, with its extended result code.</summary>
internal sealed class SqliteFault(int code, string message, string doing) : Exception($"SQLite: {message} ({code}) while {doing}")
{
    public int Code { get; } = code;

    private int Primary => Code & 0xff;

    public bool IsFull => Primary == raw.SQLITE_FULL;

    public bool IsBusy => Primary is raw.SQLITE_BUSY or raw.SQLITE_LOCKED;

    public bool IsForeign => Primary == raw.SQLITE_NOTADB;

    public bool IsCorrupt => Primary is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB;

    public bool IsAccess => Primary is raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY or raw.SQLITE_PERM or raw.SQLITE_AUTH;
}
