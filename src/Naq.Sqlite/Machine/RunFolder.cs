using Microsoft.Win32.SafeHandles;

namespace Naq.Sqlite.Machine;

/// <summary>The folder beside a database where its processes meet: locks, wake-up flags and sockets. Holds nothing that must survive.</summary>
internal sealed class RunFolder
{
    public RunFolder(string databasePath)
    {
        Path = databasePath + "-run";
        if (OperatingSystem.IsWindows())
        {
            _ = Directory.CreateDirectory(Path);
        }
        else
        {
            _ = Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    public string Path { get; }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Opens a file to lock; its content means nothing. Null where there are no locks.</summary>
    public SafeFileHandle? OpenLock(string name) => LibC.HasLocks ? LibC.OpenLock(File(name)) : null;
}
