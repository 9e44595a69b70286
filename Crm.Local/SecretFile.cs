using System.Text;

namespace Crm.Local;

/// <summary>Files that nobody but their owner may read.</summary>
internal static class SecretFile
{
    public static FileStream Create(string file)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new(file, options);
    }

    public static void Write(string file, string text)
    {
        using var stream = Create(file);
        stream.Write(Encoding.UTF8.GetBytes(text));
    }
}
