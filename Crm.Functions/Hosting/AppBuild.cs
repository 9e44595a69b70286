using System.Reflection;

namespace Crm.Functions.Hosting;

/// <summary>Which build this is.</summary>
public static class AppBuild
{
    // The SDK writes the version as 1.2.3+commit, when it builds inside a repository or is told the SourceRevisionId.
    private static readonly string[] Parts =
        typeof(AppBuild).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+', 2);

    public static string Version => Parts[0];

    /// <summary>The commit it was built from; null when it was built outside version control.</summary>
    public static string? Commit => Parts is [_, var commit] ? commit : null;
}
