using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Naq.Sqlite.Tests.PowerLoss;

/// <summary>Stands between SQLite and its own way to files: tells the <see cref="LossyDisk"/> of a folder what is written and synced there. Other folders do not notice.</summary>
/// <remarks>The structures are those of sqlite3.h, seen as arrays of pointers; a file keeps SQLite's own methods but for four.</remarks>
internal static unsafe partial class LossyVfs
{
    private const int Ok = 0;
    private const int SyncFailed = 10 | (4 << 8);
    private const int OpenCreate = 0x4;
    private const int OpenMain = 0x100;
    private const int OpenJournal = 0x800;
    private const int OpenLog = 0x80000;

    // Places in sqlite3_vfs and sqlite3_io_methods, in pointers.
    private const int VfsSize = 21;
    private const int VfsName = 3;
    private const int VfsOpen = 5;
    private const int VfsDelete = 6;
    private const int MethodsSize = 19;
    private const int Close = 1;
    private const int Write = 3;
    private const int Truncate = 4;
    private const int Sync = 5;

    private static readonly Lock Registering = new();
    private static readonly ConcurrentDictionary<string, LossyDisk> Disks = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<nint, (LossyDisk Disk, LossyHandle Handle)> Files = new();
    private static nint* _real;
    private static nint* _methods;

    /// <summary>From here on databases in <paramref name="folder"/> are on <paramref name="disk"/>.</summary>
    public static void Mount(string folder, LossyDisk disk)
    {
        Disks[folder] = disk;
        lock (Registering)
        {
            if (_real == null)
            {
                SQLitePCL.Batteries_V2.Init();
                _real = Find(0);
                var own = (nint*)NativeMemory.Alloc(VfsSize, (nuint)sizeof(nint));
                new Span<nint>(_real, VfsSize).CopyTo(new(own, VfsSize));
                own[VfsName] = Marshal.StringToCoTaskMemUTF8("naq-lossy");
                own[VfsOpen] = (nint)(delegate* unmanaged[Cdecl]<nint*, byte*, nint*, int, int*, int>)&OpenFile;
                own[VfsDelete] = (nint)(delegate* unmanaged[Cdecl]<nint*, byte*, int, int>)&DeleteFile;
                if (Register(own, 1) != Ok)
                {
                    throw new InvalidOperationException("The file system for tests cannot be registered.");
                }
            }
        }
    }

    public static void Unmount(string folder) => Disks.TryRemove(folder, out _);

    private static LossyDisk? DiskOf(string path) => Disks.GetValueOrDefault(Path.GetDirectoryName(path)!);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OpenFile(nint* vfs, byte* name, nint* file, int flags, int* outFlags)
    {
        var code = ((delegate* unmanaged[Cdecl]<nint*, byte*, nint*, int, int*, int>)_real[VfsOpen])(_real, name, file, flags, outFlags);
        var path = Marshal.PtrToStringUTF8((nint)name);
        if (code == Ok && path is not null && (flags & (OpenMain | OpenJournal | OpenLog)) != 0 && DiskOf(path) is { } disk)
        {
            var syncsFolder = (flags & OpenCreate) != 0 && (flags & (OpenJournal | OpenLog)) != 0;
            Files[(nint)file] = (disk, disk.Open(Path.GetFileName(path), syncsFolder));
            *file = (nint)Methods((nint*)*file);
        }

        return code;
    }

    /// <summary>SQLite's own methods for files, but for four. Databases and journals have different ones (with locks, and without): the real ones are kept with the copy.</summary>
    private static nint* Methods(nint* real)
    {
        lock (Registering)
        {
            for (var known = _methods; known != null; known = (nint*)known[MethodsSize + 1])
            {
                if ((nint*)known[MethodsSize] == real)
                {
                    return known;
                }
            }

            var own = (nint*)NativeMemory.Alloc(MethodsSize + 2, (nuint)sizeof(nint));
            new Span<nint>(real, MethodsSize).CopyTo(new(own, MethodsSize));
            own[Close] = (nint)(delegate* unmanaged[Cdecl]<nint*, int>)&CloseFile;
            own[Write] = (nint)(delegate* unmanaged[Cdecl]<nint*, byte*, int, long, int>)&WriteFile;
            own[Truncate] = (nint)(delegate* unmanaged[Cdecl]<nint*, long, int>)&TruncateFile;
            own[Sync] = (nint)(delegate* unmanaged[Cdecl]<nint*, int, int>)&SyncFile;
            own[MethodsSize] = (nint)real;
            own[MethodsSize + 1] = (nint)_methods;
            _methods = own;
            return own;
        }
    }

    private static nint Real(nint* file, int method) => ((nint*)((nint*)*file)[MethodsSize])[method];

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int DeleteFile(nint* vfs, byte* name, int syncsFolder)
    {
        var path = Marshal.PtrToStringUTF8((nint)name)!;
        DiskOf(path)?.Delete(Path.GetFileName(path));
        return ((delegate* unmanaged[Cdecl]<nint*, byte*, int, int>)_real[VfsDelete])(_real, name, syncsFolder);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int CloseFile(nint* file)
    {
        _ = Files.TryRemove((nint)file, out _);
        return ((delegate* unmanaged[Cdecl]<nint*, int>)Real(file, Close))(file);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int WriteFile(nint* file, byte* data, int count, long offset)
    {
        var (disk, handle) = Files[(nint)file];
        disk.Write(handle, offset, new(data, count));
        return ((delegate* unmanaged[Cdecl]<nint*, byte*, int, long, int>)Real(file, Write))(file, data, count, offset);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int TruncateFile(nint* file, long size)
    {
        var (disk, handle) = Files[(nint)file];
        disk.Truncate(handle, size);
        return ((delegate* unmanaged[Cdecl]<nint*, long, int>)Real(file, Truncate))(file, size);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int SyncFile(nint* file, int flags)
    {
        var (disk, handle) = Files[(nint)file];
        return disk.Sync(handle) ? Ok : SyncFailed;
    }

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_vfs_find")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint* Find(nint name);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_vfs_register")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Register(nint* vfs, int makeDefault);
}
