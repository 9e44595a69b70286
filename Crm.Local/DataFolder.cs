using Crm.Local.Services;

namespace Crm.Local;

/// <summary>Everything a stack keeps, in one folder that it alone uses while it runs.</summary>
internal sealed class DataFolder : IDisposable
{
    public const string Temporary = "temp";
    private readonly FileStream _lock;

    private DataFolder(string root, bool isTemporary, FileStream theLock)
    {
        Root = root;
        IsTemporary = isTemporary;
        _lock = theLock;
    }

    public string Root { get; }
    public bool IsTemporary { get; }
    public string Settings => Path.Combine(Root, "local.settings.json");
    public string Clock => Path.Combine(Root, "clock");
    public string Postgres => Path.Combine(Root, "postgres");
    public string Files => Path.Combine(Root, "files");
    public string Azurite => Path.Combine(Root, "azurite");

    /// <summary>What the simulated vendors keep.</summary>
    public string Providers => Directory.CreateDirectory(Path.Combine(Root, "providers")).FullName;

    public string Timers => Path.Combine(Root, "timers");

    /// <summary>Names the build that the database was last prepared for.</summary>
    public string Prepared => Path.Combine(Root, "prepared");

    public string Log(string name) => Path.Combine(Root, "logs", $"{name}.log");

    public static DataFolder Open(string folder)
    {
        var isTemporary = folder == Temporary;
        var root = isTemporary ? Directory.CreateTempSubdirectory("crm-").FullName : Directory.CreateDirectory(Path.GetFullPath(folder)).FullName;
        try
        {
            // The system lets go of it when we die, however we die.
            return new(root, isTemporary, new FileStream(Path.Combine(root, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException error)
        {
            throw new StackException($"Another local stack is using {root}. Stop it, or choose another folder with --data.", error);
        }
    }

    public void Dispose()
    {
        _lock.Dispose();
        if (IsTemporary)
            Directory.Delete(Root, recursive: true);
    }
}
