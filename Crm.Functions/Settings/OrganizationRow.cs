using System.Text.Json;
using Crm.Shared.Database;

namespace Crm.Functions.Settings;

/// <summary>What a change can touch.</summary>
internal record OrganizationFields
{
    public required string Name { get; init; }
    public string? Industry { get; init; }
    public string? EmployeeCount { get; init; }
    public string? Website { get; init; }
    public string? ContactPhone { get; init; }
    public string? Address { get; init; }
    public required string Country { get; init; }
    public required string Timezone { get; init; }
    public required string Currency { get; init; }
    public string? Logo { get; init; }
    public JsonElement Settings { get; init; }
}

/// <summary>An organisation as it is before a change, locked until the transaction ends, and as the change leaves it.</summary>
internal sealed record OrganizationRow : OrganizationFields
{
    public required int Version { get; init; }

    private const string LockSql = """
        select name, industry, employee_count, website, contact_phone, address, country, timezone, currency, logo, settings, version
        from organizations
        where id = @OrganizationId
        for no key update
        """;

    private const string UpdateSql = """
        update organizations
        set name = @Name, industry = @Industry, employee_count = @EmployeeCount, website = @Website, contact_phone = @ContactPhone, address = @Address,
            country = @Country, timezone = @Timezone, currency = @Currency, logo = @Logo, settings = @Settings::jsonb,
            deal_rotting_days = @DealRottingDays, lost_reason_required = @LostReasonRequired, from_name = @FromName, from_email = @FromEmail,
            sms_number = @SmsNumber, send_rate_per_minute = @SendRatePerMinute, staff_may_send_campaigns = @StaffMaySendCampaigns,
            inbox_assignee_id = @InboxAssigneeId, invoice_prefix = @InvoicePrefix, invoice_reminders = @InvoiceReminders,
            updated_at = @Now, version = version + 1
        where id = @OrganizationId
        """;

    public static async Task<OrganizationRow> Lock(DbTransaction tx) => (await tx.Find<OrganizationRow>(LockSql, null))!;

    /// <summary>The organisation as a request wants it; its settings have been merged already.</summary>
    public OrganizationRow Patched(UpdateOrganization.Request request, JsonElement settings) => this with
    {
        Name = request.Name.Or(Name).Trim(),
        Industry = Fields.Text(request.Industry.Or(Industry)),
        EmployeeCount = request.EmployeeCount.Or(EmployeeCount),
        Website = Fields.Text(request.Website.Or(Website)),
        ContactPhone = Fields.Text(request.ContactPhone.Or(ContactPhone)),
        Address = Fields.Text(request.Address.Or(Address)),
        Country = request.Country.Or(Country).Trim().ToUpperInvariant(),
        Timezone = request.Timezone.IsSet ? Zones.Find(request.Timezone.Value)! : Timezone,
        Currency = request.Currency.Or(Currency).ToUpperInvariant(),
        Logo = Fields.Text(request.Logo.Or(Logo)),
        Settings = settings,
    };

    public Task<int> Save(DbTransaction tx, OrganizationRules rules) => tx.Execute(UpdateSql, new
    {
        Name,
        Industry,
        EmployeeCount,
        Website,
        ContactPhone,
        Address,
        Country,
        Timezone,
        Currency,
        Logo,
        Settings = Settings.GetRawText(),
        rules.DealRottingDays,
        rules.LostReasonRequired,
        rules.FromName,
        rules.FromEmail,
        rules.SmsNumber,
        rules.SendRatePerMinute,
        rules.StaffMaySendCampaigns,
        rules.InboxAssigneeId,
        rules.InvoicePrefix,
        rules.InvoiceReminders,
        tx.Now,
    });
}
