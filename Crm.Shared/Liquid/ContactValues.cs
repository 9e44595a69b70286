namespace Crm.Shared.Liquid;

/// <summary>A contact's values as templates name them.</summary>
public static class ContactValues
{
    public static IEnumerable<(string Name, object? Value)> Of(
        string? firstName, string? lastName, string? email, string? phone, string? jobTitle, string? company) =>
    [
        ("first_name", firstName), ("last_name", lastName), ("full_name", $"{firstName} {lastName}".Trim()), ("email", email), ("phone", phone),
        ("job_title", jobTitle), ("contact_company", company),
    ];
}
