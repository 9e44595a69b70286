using System.Collections.Frozen;

namespace Crm.Shared.Liquid;

/// <summary>The catalogue: every value that a template may name, whatever the style of its spelling.</summary>
public static class MergeFields
{
    /// <summary>Before the name of a field of the organisation's own: <c>custom.plan</c>, <c>custom["Plan name"]</c>.</summary>
    public const string Custom = "custom.";

    // company_name is the sender's, as in "Welcome to {{company_name}}"; the contact's own firm is its company.
    public static readonly IReadOnlyList<MergeField> All =
    [
        OfContact("first_name", "The contact's first name.", "Ann"),
        OfContact("last_name", "The contact's last name.", "Smith"),
        OfContact("full_name", "The contact's first and last name.", "Ann Smith", "name", "contact_name", "contact.name"),
        OfContact("email", "The contact's e-mail address.", "ann.smith@example.com"),
        OfContact("phone", "The contact's phone number.", "+14155550132"),
        OfContact("job_title", "What the contact does where they work.", "Head of Purchasing"),
        new("contact_company", MergeGroup.Contact, "The company the contact works for.", "Northwind", "company", "contact.company"),
        new("unsubscribe_url", MergeGroup.Contact, "The address at which the contact unsubscribes.", "https://crm.example.com/u/example") { IsUrl = true },
        new("company_name", MergeGroup.Organization, "The name of your organisation.", "Acme", "organization_name", "organization.name"),
        new("organization_phone", MergeGroup.Organization, "The phone number of your organisation.", "+12125550100", "organization.phone"),
        new("organization_address", MergeGroup.Organization, "The address of your organisation.", "1 Main Street, New York", "organization.address"),
        new("sender_name", MergeGroup.Organization, "The name of who sends it.", "Olivia Owens"),
        new("invoice_number", MergeGroup.Invoice, "The invoice's number.", "INV-2026-0042"),
        new("invoice_total", MergeGroup.Invoice, "What the invoice comes to.", "1,500.00"),
        new("amount_paid", MergeGroup.Invoice, "What was paid of it.", "500.00"),
        new("amount_due", MergeGroup.Invoice, "What is still to be paid.", "1,000.00"),
        new("currency", MergeGroup.Invoice, "The invoice's currency.", "USD"),
        new("issue_date_formatted", MergeGroup.Invoice, "The day the invoice was written.", "November 29, 2026", "issue_date"),
        new("due_date_formatted", MergeGroup.Invoice, "The day it is due.", "December 29, 2026", "due_date"),
        new("custom_message", MergeGroup.Invoice, "What was written when it was sent.", "Thank you for your order."),
        new("payment_link", MergeGroup.Invoice, "The address at which it is paid.", "https://crm.example.com/pay/example") { IsUrl = true },
        new("notes", MergeGroup.Invoice, "The invoice's notes.", "Delivered on November 27."),
        new("terms", MergeGroup.Invoice, "The invoice's terms.", "Net 30"),
    ];

    /// <summary>Names the recipient in a campaign's links. The app writes it, and nobody is shown it.</summary>
    public const string RecipientToken = "recipient_token";

    private static readonly FrozenDictionary<string, MergeField> ByKey = All
        .Append(new(RecipientToken, MergeGroup.Contact, "Names the recipient in a link.", ""))
        .SelectMany(field => field.OtherNames.Prepend(field.Name).Select(name => (Key: Key(name), Field: field)))
        .ToFrozenDictionary(pair => pair.Key, pair => pair.Field, StringComparer.Ordinal);

    /// <summary>The catalogue's name for one as it is written (any case, snake or camel, <c>contact.x</c>, <c>contactX</c>); null when unknown.</summary>
    public static string? Find(string path) =>
        ByKey.TryGetValue(Key(path), out var field) ? field.Name
        : path.Length > Custom.Length && path.StartsWith(Custom, StringComparison.OrdinalIgnoreCase) ? Custom + path[Custom.Length..]
        : null;

    /// <summary>Whether a name is that of a whole address.</summary>
    public static bool IsUrl(string path) => ByKey.TryGetValue(Key(path), out var field) && field.IsUrl;

    /// <summary>Whether a name of the catalogue has the same value for all whom an organisation writes to.</summary>
    public static bool IsShared(string name) => ByKey.TryGetValue(Key(name), out var field) && field.Group == MergeGroup.Organization;

    // Neither case nor underscores matter: camelCase is the name without them.
    private static string Key(string path) => path.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();

    private static MergeField OfContact(string name, string about, string example, params string[] otherNames) =>
        new(name, MergeGroup.Contact, about, example, [$"contact_{name}", $"contact.{name}", .. otherNames]);
}
