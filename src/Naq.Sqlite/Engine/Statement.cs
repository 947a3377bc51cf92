using SQLitePCL;

namespace Naq.Sqlite.Engine;

/// <summary>A prepared statement: bind, step, read, reset. Columns and parameters as SQLite counts them (0- and 1-based).</summary>
internal sealed class Statement(Database database, sqlite3_stmt handle, string sql) : IDisposable
{
    public Statement Bind(int parameter, long value)
    {
        _ = raw.sqlite3_bind_int64(handle, parameter, value);
        return this;
    }

    public Statement Bind(int parameter, long? value) => value is { } v ? Bind(parameter, v) : Null(parameter);

    public Statement Bind(int parameter, double? value)
    {
        _ = value is { } number ? raw.sqlite3_bind_double(handle, parameter, number) : raw.sqlite3_bind_null(handle, parameter);
        return this;
    }

    public Statement Bind(int parameter, ReadOnlySpan<byte> value)
    {
        _ = raw.sqlite3_bind_blob(handle, parameter, value);
        return this;
    }

    /// <summary>Binds a text, or NULL.</summary>
    public Statement Bind(int parameter, string? value)
    {
        _ = value is null ? raw.sqlite3_bind_null(handle, parameter) : raw.sqlite3_bind_text(handle, parameter, value);
        return this;
    }

    public Statement Null(int parameter)
    {
        _ = raw.sqlite3_bind_null(handle, parameter);
        return this;
    }

    /// <summary>Binds a blob, or NULL where it is empty.</summary>
    public Statement BlobOrNull(int parameter, ReadOnlySpan<byte> value) => value.IsEmpty ? Null(parameter) : Bind(parameter, value);

    /// <summary>Moves to the next row; false after the last, and the statement is reset then.</summary>
    public bool Step()
    {
        var code = raw.sqlite3_step(handle);
        if (code == raw.SQLITE_ROW)
        {
            return true;
        }

        if (code == raw.SQLITE_DONE)
        {
            Reset();
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

    public void Reset() => _ = raw.sqlite3_reset(handle);

    public bool IsNull(int column) => raw.sqlite3_column_type(handle, column) == raw.SQLITE_NULL;

    public long Long(int column) => raw.sqlite3_column_int64(handle, column);

    public int Int(int column) => raw.sqlite3_column_int(handle, column);

    public long? LongOrNull(int column) => IsNull(column) ? null : Long(column);

    public double? DoubleOrNull(int column) => IsNull(column) ? null : raw.sqlite3_column_double(handle, column);

    public string? Text(int column) => IsNull(column) ? null : raw.sqlite3_column_text(handle, column).utf8_to_string();

    /// <summary>The blob of the current row; not valid after the next step.</summary>
    public ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(handle, column);

    public byte[] Bytes(int column) => Blob(column).ToArray();

    public Guid Guid(int column) => new(Blob(column), bigEndian: true);

    public void Dispose() => handle.Dispose();
}
