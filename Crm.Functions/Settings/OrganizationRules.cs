using System.Text.Json;
using System.Text.RegularExpressions;

namespace Crm.Functions.Settings;

/// <summary>The keys of an organisation's settings that the app itself reads, kept in columns beside them. All other keys are the clients' own.</summary>
internal sealed partial record OrganizationRules
{
    private const int MostRottingDays = 3650;
    private const int MostPerMinute = 1_000_000;
    private const int LongestName = 100;
    private const int LongestPrefix = 10;

    /// <summary>The days after which an idle deal rots.</summary>
    public int DealRottingDays { get; private init; } = 30;

    /// <summary>Whether a lost deal needs a reason.</summary>
    public bool LostReasonRequired { get; private init; }

    /// <summary>The sender's name of campaigns and messages; null: the provider's.</summary>
    public string? FromName { get; private init; }

    /// <summary>The sender's address, of a domain that the provider has verified; null: the provider's.</summary>
    public string? FromEmail { get; private init; }

    /// <summary>The number that SMS come from and are answered to, E.164; null: the provider's.</summary>
    public string? SmsNumber { get; private init; }

    /// <summary>Recipients a minute of all campaigns together; null: as fast as it goes.</summary>
    public int? SendRatePerMinute { get; private init; }

    /// <summary>Whether staff send campaigns.</summary>
    public bool StaffMaySendCampaigns { get; private init; } = true;

    /// <summary>Who gets what unknown senders write; null: the longest-standing owner.</summary>
    public Guid? InboxAssigneeId { get; private init; }

    /// <summary>What invoice numbers begin with; null: the first letters of the organisation's name.</summary>
    public string? InvoicePrefix { get; private init; }

    /// <summary>Whether contacts are reminded of invoices.</summary>
    public bool InvoiceReminders { get; private init; } = true;

    private static readonly (string Key, string Must, Func<OrganizationRules, JsonElement, OrganizationRules?> Read)[] Keys =
    [
        ("dealRottingDays", $"be a whole number from 1 to {MostRottingDays}",
            (rules, json) => Number(json, MostRottingDays) is { } days ? rules with { DealRottingDays = days } : null),
        ("lostReasonRequired", "be true or false", (rules, json) => Truth(json) is { } truth ? rules with { LostReasonRequired = truth } : null),
        ("fromName", $"be one line of at most {LongestName} characters",
            (rules, json) => Text(json) is { Length: <= LongestName } name && !name.Any(char.IsControl) ? rules with { FromName = Fields.Text(name) } : null),
        ("fromEmail", "be an e-mail address such as news@example.com",
            (rules, json) => Text(json) is { } address && EmailAttribute.IsAddress(address) ? rules with { FromEmail = address } : null),
        ("smsNumber", "be a phone number in E.164, such as +14155550132",
            (rules, json) => Text(json) is { } number && E164().IsMatch(number) ? rules with { SmsNumber = number } : null),
        ("sendRatePerMinute", $"be a whole number from 1 to {MostPerMinute}",
            (rules, json) => Number(json, MostPerMinute) is { } rate ? rules with { SendRatePerMinute = rate } : null),
        ("staffMaySendCampaigns", "be true or false", (rules, json) => Truth(json) is { } truth ? rules with { StaffMaySendCampaigns = truth } : null),
        ("inboxAssigneeId", "be the id of a user",
            (rules, json) => Text(json) is not null && json.TryGetGuid(out var id) ? rules with { InboxAssigneeId = id } : null),
        ("invoicePrefix", $"be 1 to {LongestPrefix} letters and digits",
            (rules, json) => Text(json) is { Length: > 0 and <= LongestPrefix } prefix && prefix.All(char.IsAsciiLetterOrDigit)
                ? rules with { InvoicePrefix = prefix.ToUpperInvariant() } : null),
        ("invoiceReminders", "be true or false", (rules, json) => Truth(json) is { } truth ? rules with { InvoiceReminders = truth } : null),
    ];

    /// <summary>The rules that the settings hold, or why they hold none.</summary>
    public static (OrganizationRules Rules, Error? Fault) Of(JsonElement settings)
    {
        var rules = new OrganizationRules();
        foreach (var (key, must, read) in Keys)
        {
            if (!settings.TryGetProperty(key, out var json))
                continue;
            if (read(rules, json) is not { } next)
                return (rules, Error.Invalid($"settings.{key}", $"settings.{key} must {must}."));
            rules = next;
        }

        return (rules, null);
    }

    private static int? Number(JsonElement json, int most) =>
        json.ValueKind == JsonValueKind.Number && json.TryGetInt32(out var number) && number >= 1 && number <= most ? number : null;

    private static bool? Truth(JsonElement json) => json.ValueKind is JsonValueKind.True or JsonValueKind.False ? json.GetBoolean() : null;

    private static string? Text(JsonElement json) => json.ValueKind == JsonValueKind.String ? json.GetString() : null;

    [GeneratedRegex(@"^\+[1-9][0-9]{6,14}\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex E164();
}
