using System.Text.Json;
using Crm.Functions.Auth;
using Crm.Shared.Database;
using Crm.Shared.Liquid;

namespace Crm.Functions.Templates;

/// <summary>The contact that a template is shown to, or sent to.</summary>
internal record PreviewContact
{
    public required Guid Id { get; init; }
    public string? FirstName { get; init; }
    public string? LastName { get; init; }
    public string? Email { get; init; }
    public string? Phone { get; init; }
    public string? Company { get; init; }
    public string? JobTitle { get; init; }
    public JsonElement CustomFields { get; init; }

    private const string Sql = """
        select id, first_name, last_name, email, phone, company, job_title, custom_fields
        from contacts
        where organization_id = @OrganizationId
          and id = @ContactId
          and merged_into is null
          and (@OwnerId::uuid is null or owner_id = @OwnerId)
        """;

    public static Task<PreviewContact?> Find(Db db, Scope scope, Guid id, CancellationToken ct) =>
        db.Find<PreviewContact>(scope, Sql, new { ContactId = id }, ct);

    public IEnumerable<(string Name, object? Value)> Values => ContactValues.Of(FirstName, LastName, Email, Phone, JobTitle, Company);
}

/// <summary>What a preview shows: the contact's values and the organisation's own; examples for the rest.</summary>
internal static class PreviewValues
{
    private sealed record Sender(string Name, string? ContactPhone, string? Address);

    private const string SenderSql = """
        select name, contact_phone, address
        from organizations
        where id = @OrganizationId
        """;

    public static async Task<MergeValues> Of(Caller caller, PreviewContact? contact, Db db, CancellationToken ct)
    {
        var sender = (await db.Find<Sender>(caller.Organization, SenderSql, null, ct))!;
        var values = MergeValues.ExamplesByName();
        values["company_name"] = sender.Name;
        values["organization_phone"] = sender.ContactPhone;
        values["organization_address"] = sender.Address;
        values["sender_name"] = caller.Name;
        foreach (var (name, value) in contact?.Values ?? [])
            values[name] = value;
        return new(values, CustomValues.Of(contact?.CustomFields), TimeZoneInfo.ConvertTime(db.Now, caller.Zone));
    }
}
