using Crm.Functions.Contacts;
using Crm.Functions.Sending;
using Crm.Functions.Templates;
using Crm.Shared.Database;
using Crm.Shared.Liquid;

namespace Crm.Functions.Inbox;

/// <summary>Whom a message is to go to on one channel, and whether it may; with its template, and what of the organisation goes into it.</summary>
internal sealed record Correspondent : PreviewContact
{
    public required string Channel { get; init; }
    public required string Status { get; init; }
    public bool IsVisible { get; init; }
    public bool UnsubscribedSms { get; init; }
    public string? Suppression { get; init; }
    public required string OrganizationName { get; init; }
    public string? OrganizationPhone { get; init; }
    public string? OrganizationAddress { get; init; }

    /// <summary>What the organisation sends from; null: the app's own.</summary>
    public string? FromEmail { get; init; }
    public string? SmsNumber { get; init; }

    /// <summary>The conversation with it on this channel; null before the first message.</summary>
    public Guid? ConversationId { get; init; }
    public string? TemplateType { get; init; }
    public string? TemplateSubject { get; init; }
    public string? TemplateContent { get; init; }
    public string? TemplateHtml { get; init; }

    private const string Sql = $"""
        select c.id, c.first_name, c.last_name, c.email, c.phone, c.company, c.job_title, c.custom_fields, @Channel as channel, c.status, c.unsubscribed_sms,
               (@OwnerId::uuid is null or c.owner_id is not distinct from @OwnerId or v.assignee_id = @OwnerId) as is_visible, s.reason as suppression,
               o.name as organization_name, o.contact_phone as organization_phone, o.address as organization_address, o.from_email, o.sms_number,
               v.id as conversation_id,
               t.type as template_type, t.subject as template_subject, t.content as template_content, t.html_content as template_html
        from contacts c
        join organizations o on o.id = c.organization_id
        left join conversations v on v.organization_id = c.organization_id and v.contact_id = c.id and v.type = @Channel
        left join templates t on t.organization_id = c.organization_id and t.id = @TemplateId and t.is_active and t.deleted_at is null
        {Consent.Join}
        where c.organization_id = @OrganizationId
          and c.id = {ContactAccess.StandsFor}
        """;

    public static Task<Correspondent?> Find(DbTransaction tx, Guid contactId, string channel, Guid? templateId) =>
        tx.Find<Correspondent>(Sql, new { ContactId = contactId, Channel = channel, TemplateId = templateId });

    public string? Address => Channel == "email" ? Fields.Text(Email) : Fields.Text(Phone);

    /// <summary>Why nothing can be sent to it; null when it can.</summary>
    public Error? Fault => (Channel, Suppression) switch
    {
        _ when Status == "inactive" => Errors.ContactInactive,
        ("email", _) when Address is null => Errors.ContactNoEmail,
        (_, _) when Address is null => Errors.ContactNoPhone,
        ("sms", "stopped") => Errors.ContactUnsubscribed,
        ("sms", _) when UnsubscribedSms => Errors.ContactUnsubscribed,
        (_, { } reason) when Consent.HardReasons.Contains(reason, StringComparer.Ordinal) => Errors.AddressSuppressed,
        _ => null,
    };

    public Error? TemplateFault(Guid? templateId) =>
        templateId is null ? null
        : TemplateType is null ? Errors.TemplateNotFound
        : TemplateType != Channel ? Errors.TemplateTypeMismatch
        : null;

    /// <summary>What a text to it may name.</summary>
    public MergeValues MergeValues(string sender, DateTimeOffset now)
    {
        var values = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["company_name"] = OrganizationName,
            ["organization_phone"] = OrganizationPhone,
            ["organization_address"] = OrganizationAddress,
            ["sender_name"] = sender,
        };
        foreach (var (name, value) in Values)
            values[name] = value;
        return new(values, CustomValues.Of(CustomFields), now);
    }
}
