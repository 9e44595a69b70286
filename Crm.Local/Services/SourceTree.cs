using System.Reflection;

namespace Crm.Local.Services;

/// <summary>Where the repository is, whichever project's output folder we run from.</summary>
public static class SourceTree
{
    public static string Root { get; } = FindRoot();

    public static string LocalProject => Path.Combine(Root, "Crm.Local");

    /// <summary>The function app as built together with this assembly.</summary>
    public static string FunctionApp
    {
        get
        {
            var configuration = typeof(SourceTree).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
            return Path.Combine(Root, "Crm.Functions", "bin", configuration, "net10.0");
        }
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Crm.sln")))
                return folder.FullName;
        }

        throw new StackException($"Crm.sln was not found above {AppContext.BaseDirectory}: run the local stack from a clone of the repository.");
    }
}
