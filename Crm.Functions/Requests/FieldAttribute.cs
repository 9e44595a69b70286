namespace Crm.Functions.Requests;

/// <summary>What the API's description says of a field of a form. Its text is for the handler to read and to refuse, after it has looked at the file.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class FieldAttribute(string about, params string[] words) : Attribute
{
    public string About => about;

    /// <summary>The values it takes; none where it takes any.</summary>
    public IReadOnlyList<string> Words => words;

    public string? Example { get; init; }
}
