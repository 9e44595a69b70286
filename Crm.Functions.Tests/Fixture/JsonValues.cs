using System.Text.Json;

namespace Crm.Functions.Tests.Fixture;

internal static class JsonValues
{
    /// <summary>Some of an object's values as JSON writes them, in an array: how many decimals a number has is seen too.</summary>
    public static string Values(this JsonElement json, params string[] names) =>
        $"[{string.Join(',', names.Select(name => json.GetProperty(name).GetRawText()))}]";
}
