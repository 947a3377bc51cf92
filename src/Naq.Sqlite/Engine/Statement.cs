using SQLitePCL;

namespace Naq.Sqlite.Engine;

/// <summary>A prepared statement: bind, step, read, reset. Columns and parameters as SQLite counts them (0- and 1-based).</summary>
/// <remarks>What was bound stays bound over a reset, so a number that is bound again costs nothing: most that a batch of jobs brings are the same.</remarks>
internal sealed class Statement(Database database, sqlite3_stmt handle, string sql) : IDisposable
{
    private const int ShortBytes = 256;

    /// <summary>SQLITE_TRANSIENT.</summary>
    private const nint Copied = -1;

    private readonly nint _pointer = handle.DangerousGetHandle();
    private readonly Bound[] _bound = new Bound[raw.sqlite3_bind_parameter_count(handle) + 1];
    private bool _isInRows;

    public Statement Bind(int parameter, long value)
    {
        LeaveRows();
        ref var bound = ref _bound[parameter];
        if (bound.Kind != Kind.Number || bound.Number != value)
        {
            Require(Sqlite3.BindLong(_pointer, parameter, value));
            bound = new(Kind.Number, value);
        }

        return this;
    }

    public Statement Bind(int parameter, long? value) => value is { } v ? Bind(parameter, v) : Null(parameter);

    public Statement Bind(int parameter, double? value)
    {
        if (value is not { } number)
        {
            return Null(parameter);
        }

        LeaveRows();
        _bound[parameter] = default;
        Require(raw.sqlite3_bind_double(handle, parameter, number));
        return this;
    }

    public unsafe Statement Bind(int parameter, ReadOnlySpan<byte> value)
    {
        LeaveRows();
        _bound[parameter] = default;

        // Where there is no byte there must be a pointer nevertheless: without one it would be NULL.
        byte nothing;
        fixed (byte* bytes = value)
        {
            var start = bytes is null ? &nothing : bytes;
            Require(BindBlob(parameter, start, value.Length));
        }

        return this;
    }

    /// <summary>Binds a blob of 16 bytes, big-endian, so that blobs are in the order of what they hold; or NULL.</summary>
    public Statement Bind(int parameter, Guid? value)
    {
        if (value is not { } guid)
        {
            return Null(parameter);
        }

        Span<byte> bytes = stackalloc byte[16];
        _ = guid.TryWriteBytes(bytes, bigEndian: true, out _);
        return Bind(parameter, bytes);
    }

    /// <summary>Binds a text, or NULL.</summary>
    public Statement Bind(int parameter, string? value)
    {
        if (value is null)
        {
            return Null(parameter);
        }

        LeaveRows();
        _bound[parameter] = default;
        Require(raw.sqlite3_bind_text(handle, parameter, value));
        return this;
    }

    public Statement Null(int parameter)
    {
        LeaveRows();
        ref var bound = ref _bound[parameter];
        if (bound.Kind != Kind.Null)
        {
            Require(Sqlite3.BindNull(_pointer, parameter));
            bound = new(Kind.Null, 0);
        }

        return this;
    }

    /// <summary>Binds a blob, or NULL where it is empty.</summary>
    public Statement BlobOrNull(int parameter, ReadOnlySpan<byte> value) => value.IsEmpty ? Null(parameter) : Bind(parameter, value);

    /// <summary>Moves to the next row; false after the last, and the statement is reset then.</summary>
    public bool Step()
    {
        var code = Sqlite3.Step(_pointer);
        _isInRows = code == raw.SQLITE_ROW;
        if (_isInRows)
        {
            return true;
        }

        if (code == raw.SQLITE_DONE)
        {
            _ = Sqlite3.ResetEnded(_pointer);
            return false;
        }

        var fault = database.Fault(code, sql);
        Reset();
        throw fault;
    }

    /// <summary>Runs a statement that yields no rows, and says how many it changed.</summary>
    public int Run()
    {
        _ = Step();
        return database.Changes;
    }

    public void Reset()
    {
        _isInRows = false;
        _ = Sqlite3.Reset(_pointer);
    }

    public bool IsNull(int column) => Sqlite3.ColumnType(_pointer, column) == raw.SQLITE_NULL;

    public long Long(int column) => Sqlite3.ColumnLong(_pointer, column);

    public int Int(int column) => (int)Long(column);

    public long? LongOrNull(int column) => IsNull(column) ? null : Long(column);

    public double? DoubleOrNull(int column) => IsNull(column) ? null : raw.sqlite3_column_double(handle, column);

    public string? Text(int column) => IsNull(column) ? null : raw.sqlite3_column_text(handle, column).utf8_to_string();

    /// <summary>The blob of the current row; not valid after the next step.</summary>
    public unsafe ReadOnlySpan<byte> Blob(int column)
    {
        // In this order: the number of bytes is that of the value as it was last read.
        var bytes = (void*)Sqlite3.ColumnBlob(_pointer, column);
        return new(bytes, Sqlite3.ColumnBytes(_pointer, column));
    }

    public byte[] Bytes(int column) => Blob(column).ToArray();

    public Guid Guid(int column) => new(Blob(column), bigEndian: true);

    public Guid? GuidOrNull(int column) => IsNull(column) ? null : Guid(column);

    public void Dispose() => handle.Dispose();

    private unsafe int BindBlob(int parameter, byte* value, int length) => length <= ShortBytes
        ? Sqlite3.BindShortBlob(_pointer, parameter, value, length, Copied)
        : Sqlite3.BindBlob(_pointer, parameter, value, length, Copied);

    /// <summary>A statement that somebody left in the middle of its rows takes no values, and would go on there: it is reset first.</summary>
    private void LeaveRows()
    {
        if (_isInRows)
        {
            Reset();
        }
    }

    private void Require(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            throw database.Fault(code, sql);
        }
    }

    private enum Kind
    {
        /// <summary>Nothing, or what is not worth a comparison.</summary>
        Other,
        Null,
        Number,
    }

    private readonly record struct Bound(Kind Kind, long Number);
}
