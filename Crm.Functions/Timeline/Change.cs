using System.Text.Json;

namespace Crm.Functions.Timeline;

/// <summary>One field's change.</summary>
/// <param name="Field">The name of the field.</param>
/// <param name="Old">What it held before.</param>
/// <param name="New">What it holds now.</param>
public sealed record Change(string Field, object? Old, object? New)
{
    /// <summary>The fields of <typeparamref name="T"/> that differ.</summary>
    public static Change[] Between<T>(T before, T after) =>
    [
        .. from property in typeof(T).GetProperties()
           let old = property.GetValue(before)
           let now = property.GetValue(after)
           where !AreEqual(old, now)
           select new Change(JsonNamingPolicy.CamelCase.ConvertName(property.Name), old, now),
    ];

    private static bool AreEqual(object? old, object? now) => (old, now) switch
    {
        (string[] a, string[] b) => a.SequenceEqual(b, StringComparer.Ordinal),
        (JsonElement a, JsonElement b) => JsonElement.DeepEquals(a, b),
        _ => Equals(old, now),
    };
}
