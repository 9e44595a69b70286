using System.Text.RegularExpressions;

namespace Crm.Functions.Contacts.Imports;

/// <summary>Which field of a contact a file's column holds.</summary>
public static partial class ImportMapping
{
    /// <summary>The fields a column can hold, besides <c>custom.&lt;key&gt;</c>.</summary>
    public static readonly IReadOnlyList<string> Fields =
        ["firstName", "lastName", "name", "email", "phone", "company", "jobTitle", "status", "source", "tags", "address", "notes"];

    // Headings as other programs write them, without case, blanks and signs.
    private static readonly Dictionary<string, string> Known = new (string Field, string Headings)[]
    {
        ("firstName", "firstname first givenname forename vorname"),
        ("lastName", "lastname last surname familyname nachname"),
        ("name", "name fullname contact contactname displayname"),
        ("email", "email emailaddress mail email1value primaryemail workemail"),
        ("phone", "phone phonenumber mobile mobilephone telephone tel phone1value cell workphone"),
        ("company", "company companyname organization organisation account accountname firma"),
        ("jobTitle", "jobtitle title position role"),
        ("status", "status lifecyclestage stage"),
        ("source", "source leadsource origin"),
        ("tags", "tags tag labels groups lists"),
        ("address", "address street mailingaddress postaladdress"),
        ("notes", "notes note comments comment description"),
    }.SelectMany(row => row.Headings.Split(' ').Select(heading => (heading, row.Field))).ToDictionary(StringComparer.Ordinal);

    /// <summary>
    /// The field of each column, "" for none: as its heading suggests, and as <paramref name="given"/> overrides by heading. Each field goes to one column.
    /// </summary>
    public static string[] Of(IReadOnlyList<string> columns, IReadOnlyDictionary<string, string?>? given)
    {
        var taken = new HashSet<string>((given?.Values ?? []).OfType<string>(), StringComparer.OrdinalIgnoreCase);
        return
        [
            .. columns.Select(column =>
                given is not null && given.TryGetValue(column, out var field) ? Canonical(field)
                : Known.TryGetValue(NotLetters().Replace(column.ToLowerInvariant(), ""), out var guess) && taken.Add(guess) ? guess
                : ""),
        ];
    }

    /// <summary>What is wrong with a mapping, or null.</summary>
    public static string? Fault(IReadOnlyList<string> columns, IReadOnlyDictionary<string, string?> given)
    {
        if (given.Keys.FirstOrDefault(column => !columns.Contains(column, StringComparer.Ordinal)) is { } missing)
            return $"The file has no column \"{missing}\"; it has {string.Join(", ", columns)}.";
        if (given.Values.OfType<string>().FirstOrDefault(field => field.Length > 0 && Canonical(field).Length == 0) is { } unknown)
            return $"\"{unknown}\" is no field: use {string.Join(", ", Fields)} or custom.<key>.";
        var doubled = given.Values.OfType<string>()
            .Where(field => field.Length > 0).GroupBy(Canonical, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1);
        return doubled is null ? null : $"Two columns are mapped to {doubled.Key}.";
    }

    private static string Canonical(string? field) =>
        string.IsNullOrEmpty(field) ? ""
        : field.StartsWith("custom.", StringComparison.OrdinalIgnoreCase) && field.Length is > 7 and <= 60 ? "custom." + field[7..]
        : Fields.FirstOrDefault(known => string.Equals(known, field, StringComparison.OrdinalIgnoreCase)) ?? "";

    [GeneratedRegex("[^a-z0-9]", RegexOptions.None, 1000)]
    private static partial Regex NotLetters();
}
