using System.Text.Json;
using Crm.Functions.Auth;
using Crm.Shared;

namespace Crm.Functions.Contacts.Imports;

/// <summary>What one row says of a contact; null is "nothing", which leaves what is there.</summary>
internal sealed record ImportedContact
{
    private static readonly string[] Statuses = ["lead", "prospect", "customer", "active", "inactive"];
    private static readonly char[] TagSeparators = [',', ';', '|'];
    private static readonly (string Field, int Longest)[] Limits =
        [("firstName", 100), ("lastName", 100), ("name", 200), ("company", 200), ("jobTitle", 200), ("source", 100), ("address", 500), ("notes", 10_000)];

    public string? FirstName { get; init; }
    public string? LastName { get; init; }
    public string? Email { get; init; }
    public string? Phone { get; init; }
    public string? Company { get; init; }
    public string? JobTitle { get; init; }
    public string? Status { get; init; }
    public string? Source { get; init; }
    public string? Address { get; init; }
    public string? Notes { get; init; }
    public string[] Tags { get; init; } = [];
    public Dictionary<string, string> CustomFields { get; init; } = [];

    /// <summary>What makes two rows the same contact.</summary>
    public string? Key => Email is null ? null : Emails.Normalize(Email);

    /// <summary>Reads a row; the error names the column's field and the fix.</summary>
    public static (ImportedContact? Contact, string? Error) Read(IReadOnlyList<string> fields, IReadOnlyList<string> cells, string country)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var index = 0; index < fields.Count && index < cells.Count; index++)
        {
            if (fields[index].Length > 0 && !string.IsNullOrWhiteSpace(cells[index]))
                values[fields[index]] = cells[index].Trim();
        }

        string? Value(string field) => values.GetValueOrDefault(field);
        foreach (var (field, longest) in Limits)
        {
            if (Value(field)?.Length > longest)
                return (null, $"{field} must be at most {longest} characters.");
        }

        if (Value("email") is { } email && !EmailAttribute.IsAddress(email))
            return (null, $"email: \"{email}\" is not an e-mail address.");
        var (phone, phoneFault) = Requests.Fields.Phone(Value("phone"), country);
        if (phoneFault is not null)
            return (null, $"phone: \"{Value("phone")}\" is not a phone number.");
        var status = Value("status")?.ToLowerInvariant();
        if (status is not null && !Statuses.Contains(status, StringComparer.Ordinal))
            return (null, $"status: \"{status}\" is not one of {string.Join(", ", Statuses)}.");
        var tags = Requests.Fields.Labels(Value("tags")?.Split(TagSeparators, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        if (tags.Length > 50 || tags.Any(tag => tag.Length > 50))
            return (null, "tags: at most 50 labels of at most 50 characters.");
        var (first, last) = PersonName.From(Value("name"), Value("firstName"), Value("lastName"));
        if (first is null && last is null && phone is null && Value("email") is null)
            return (null, "The row has neither a name nor an e-mail nor a phone number.");

        return (new()
        {
            FirstName = first,
            LastName = last,
            Email = Value("email"),
            Phone = phone,
            Company = Value("company"),
            JobTitle = Value("jobTitle"),
            Status = status,
            Source = Value("source"),
            Address = Value("address"),
            Notes = Value("notes"),
            Tags = tags,
            CustomFields = values.Where(value => value.Key.StartsWith("custom.", StringComparison.Ordinal))
                .ToDictionary(value => value.Key["custom.".Length..], value => value.Value, StringComparer.Ordinal),
        }, null);
    }

    /// <summary>This row with a later one of the same contact over it.</summary>
    public ImportedContact With(ImportedContact later) => new()
    {
        FirstName = later.FirstName ?? FirstName,
        LastName = later.LastName ?? LastName,
        Email = Email,
        Phone = later.Phone ?? Phone,
        Company = later.Company ?? Company,
        JobTitle = later.JobTitle ?? JobTitle,
        Status = later.Status ?? Status,
        Source = later.Source ?? Source,
        Address = later.Address ?? Address,
        Notes = later.Notes ?? Notes,
        Tags = Requests.Fields.Labels([.. Tags, .. later.Tags]),
        CustomFields = new(
            CustomFields.Concat(later.CustomFields).GroupBy(pair => pair.Key, StringComparer.Ordinal).Select(group => group.Last()), StringComparer.Ordinal),
    };

    /// <summary>The fields of a contact after this row, whether it is new or there already.</summary>
    public ContactFields Over(ContactFields current) => current with
    {
        FirstName = FirstName ?? current.FirstName,
        LastName = LastName ?? current.LastName,
        Email = current.Email ?? Email,
        Phone = Phone ?? current.Phone,
        Company = Company ?? current.Company,
        JobTitle = JobTitle ?? current.JobTitle,
        Status = Status ?? current.Status,
        Source = current.Source ?? Source,
        Address = Address ?? current.Address,
        Notes = Notes ?? current.Notes,
        Tags = Requests.Fields.Labels([.. current.Tags, .. Tags]),
        CustomFields = CustomFields.Count == 0 ? current.CustomFields : Merged(current.CustomFields),
    };

    private JsonElement Merged(JsonElement current)
    {
        var merged = current.EnumerateObject().ToDictionary(property => property.Name, property => (object)property.Value, StringComparer.Ordinal);
        foreach (var (key, value) in CustomFields)
            merged[key] = value;
        return JsonSerializer.SerializeToElement(merged);
    }
}
