namespace Naq.Sqlite.Machine;

/// <summary>Tells processes that open the database later that a sync of its log has failed: an empty file each time, in the run folder.</summary>
/// <remarks>Only the running system needs them: after a restart the log is what the disk has, and a mark that is still there costs one rewrite of it.</remarks>
internal sealed class SyncMarks(RunFolder folder)
{
    private const string Prefix = "unsynced-";

    public bool Any => Directory.EnumerateFiles(folder.Path, Prefix + "*").Any();

    public string[] All() => Directory.GetFiles(folder.Path, Prefix + "*");

    public bool TryLeave()
    {
        try
        {
            File.WriteAllBytes(folder.File(Prefix + Guid.NewGuid().ToString("N")), []);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public static void Remove(string[] marks)
    {
        foreach (var mark in marks)
        {
            File.Delete(mark);
        }
    }
}
