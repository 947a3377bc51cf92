using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Naq.Sqlite.Engine;

/// <summary>The calls of a statement's hot path, on the library that <see cref="Database"/> has loaded.</summary>
/// <remarks>
/// A job takes some thirty of them. Through the package they cost more than what SQLite does in the smallest: a reference counted up and down on the
/// handle and a change of the garbage collector's mode, twice a call. A statement belongs to one thread and lives as long as its owner, so here it
/// is a bare pointer; and what only reads or sets a number, in a few nanoseconds and without waiting, keeps the mode.
/// </remarks>
[SuppressMessage("Security", "CA5393", Justification = "The library lies beside the program, where the package looks for it too.")]
internal static partial class Sqlite3
{
    private const string Library = "e_sqlite3";
    private const DllImportSearchPath Places = DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories;

    [DefaultDllImportSearchPaths(Places)]
    [LibraryImport(Library, EntryPoint = "sqlite3_step")]
    public static partial int Step(nint statement);

    [DefaultDllImportSearchPaths(Places)]
    [LibraryImport(Library, EntryPoint = "sqlite3_reset")]
    public static partial int Reset(nint statement);

    /// <summary>Only after a step that ended the statement: there is nothing left to close or to undo.</summary>
    [DefaultDllImportSearchPaths(Places)]
    [LibraryImport(Library, EntryPoint = "sqlite3_reset")]
    [SuppressGCTransition]
    public static partial int ResetEnded(nint statement);

    [DefaultDllImportSearchPaths(Places)]
    [LibraryImport(Library, EntryPoint = "sqlite3_changes")]
    [SuppressGCTransition]
    public static partial int Changes(nint database);

    [DefaultDllImportSearchPaths(Places)]
    [LibraryImport(Library, EntryPoint = "sqlite3_bind_int64")]
    [SuppressGCTransition]
    public static partial int BindLong(nint statement, int parameter, long value);

    [DefaultDllImportSearchPaths(Places)]
    [LibraryImport(Library, EntryPoint = "sqlite3_bind_null")]
    [SuppressGCTransition]
    public static partial int BindNull(nint statement, int parameter);

    /// <summary><paramref name="destructor"/> -1: SQLite copies the bytes before it returns.</summary>
    [DefaultDllImportSearchPaths(Places)]
    [LibraryImport(Library, EntryPoint = "sqlite3_bind_blob")]
    public static unsafe partial int BindBlob(nint statement, int parameter, byte* value, int length, nint destructor);

    /// <summary>Only for a few bytes, which are copied in no time.</summary>
    [DefaultDllImportSearchPaths(Places)]
    [LibraryImport(Library, EntryPoint = "sqlite3_bind_blob")]
    [SuppressGCTransition]
    public static unsafe partial int BindShortBlob(nint statement, int parameter, byte* value, int length, nint destructor);

    [DefaultDllImportSearchPaths(Places)]
    [LibraryImport(Library, EntryPoint = "sqlite3_column_type")]
    [SuppressGCTransition]
    public static partial int ColumnType(nint statement, int column);

    [DefaultDllImportSearchPaths(Places)]
    [LibraryImport(Library, EntryPoint = "sqlite3_column_int64")]
    [SuppressGCTransition]
    public static partial long ColumnLong(nint statement, int column);

    [DefaultDllImportSearchPaths(Places)]
    [LibraryImport(Library, EntryPoint = "sqlite3_column_blob")]
    public static partial nint ColumnBlob(nint statement, int column);

    [DefaultDllImportSearchPaths(Places)]
    [LibraryImport(Library, EntryPoint = "sqlite3_column_bytes")]
    [SuppressGCTransition]
    public static partial int ColumnBytes(nint statement, int column);
}
