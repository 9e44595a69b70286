namespace Crm.Bench;

/// <summary>The texts that are part of this program.</summary>
internal static class Text
{
    public static string Sql(string name) => Read($"Sql.{name}.sql");

    public static string Lua(string name) => Read($"Lua.{name}.lua");

    private static string Read(string name)
    {
        using var reader = new StreamReader(typeof(Text).Assembly.GetManifestResourceStream($"Crm.Bench.{name}")!);
        return reader.ReadToEnd();
    }
}
