using System.Collections.Frozen;

namespace Crm.Functions.OpenApi;

/// <summary>
/// What the fields mean that mean the same wherever they are. What one means in its own place is said there, by its record's comments, and goes before this.
/// </summary>
internal static class ApiWords
{
    private static readonly FrozenDictionary<string, string> Fields = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["data"] = "What was asked for.",
        ["id"] = "The record's id.",
        ["name"] = "The name.",
        ["title"] = "What it is called.",
        ["description"] = "More about it.",
        ["notes"] = "What else is to be known.",
        ["tags"] = "Labels.",
        ["source"] = "Where it came from.",
        ["status"] = "active or inactive.",
        ["createdAt"] = "When it was made.",
        ["updatedAt"] = "When it was last changed.",
        ["occurredAt"] = "When it happened.",
        ["expiresAt"] = "When it expires.",
        ["lastActivityAt"] = "When something last happened with it.",

        ["email"] = "The e-mail address.",
        ["phone"] = "The phone number.",
        ["firstName"] = "The first name.",
        ["lastName"] = "The last name.",
        ["company"] = "The company they work for.",
        ["jobTitle"] = "What they do there.",
        ["address"] = "The postal address.",
        ["avatar"] = "The address of a picture.",
        ["unsubscribedEmail"] = "Whether they want no marketing by e-mail.",
        ["unsubscribedSms"] = "Whether they want no marketing by text message.",
        ["customFields"] = "Fields of your own.",

        ["role"] = "owner, manager or staff.",
        ["password"] = "The password.",
        ["timezone"] = "The IANA time zone.",
        ["language"] = "en, es, fr, de or pt.",
        ["preferences"] = "What the user's frontend keeps here.",
        ["lastLoginAt"] = "When they last signed in.",
        ["organizationId"] = "The organisation.",
        ["organizationName"] = "The organisation's name.",
        ["invitedBy"] = "The name of who invites.",
        ["accessToken"] = "To send as Authorization: Bearer.",

        ["currency"] = "The currency: USD, EUR, GBP, CAD or AUD.",
        ["country"] = "The country, as ISO 3166-1 alpha-2 writes it.",
        ["industry"] = "The line of business.",
        ["website"] = "The address of the website.",
        ["contactPhone"] = "The phone number for customers.",
        ["logo"] = "The address of the logo.",
        ["category"] = "The category.",
        ["imageUrl"] = "The address of a picture.",

        ["owner"] = "The user it belongs to, in short.",
        ["ownerId"] = "The user it belongs to.",
        ["contact"] = "The contact it is about, in short.",
        ["contactId"] = "The contact it is about.",
        ["deal"] = "The deal it is about, in short.",
        ["dealId"] = "The deal it is about.",
        ["assigneeId"] = "The user who is to do it.",
        ["pipelineId"] = "The pipeline it is in.",
        ["stageId"] = "The stage it is in.",
        ["action"] = "What happened, in one word.",
        ["entityType"] = "What it happened with besides the contact, such as deal or import.",
        ["entityId"] = "The id of that.",
        ["changes"] = "Each field that changes, with its old and new value.",

        ["value"] = "What it is worth.",
        ["totalValue"] = "What they are worth together.",
        ["dealCount"] = "How many deals.",
        ["lostReason"] = "Why it was lost.",
        ["expectedCloseDate"] = "The day by which it should be won.",
        ["stageEnteredAt"] = "Since when it is in its stage.",
        ["closedAt"] = "When it was won or lost.",
        ["dueDate"] = "When it is due.",
        ["reminderAt"] = "When to remind the assignee.",
        ["completedAt"] = "When it was done.",

        ["invoices"] = "How many invoices.",
        ["invoice"] = "The invoice it is about.",
        ["invoiceId"] = "The invoice it is about.",
        ["number"] = "The number on it.",
        ["amount"] = "How much, with two decimals.",
        ["total"] = "What it comes to, with two decimals.",
        ["dateFrom"] = "The first day.",
        ["paidAt"] = "When it was paid.",
        ["cancelledAt"] = "When it was cancelled.",

        ["contacts"] = "How many contacts.",
        ["deals"] = "How many deals.",
        ["conversations"] = "How many conversations.",
        ["conversationId"] = "The conversation it is in.",
        ["lastMessageAt"] = "When the latest message was written or came.",
        ["sentAt"] = "When it was sent.",
        ["deliveredAt"] = "When it arrived.",
        ["readAt"] = "When it was read.",
        ["tasks"] = "How many tasks.",
        ["timelineEntries"] = "How many timeline entries.",
        ["dryRun"] = "Whether this only says what would happen.",
        ["unchanged"] = "How many were already so.",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> Lists = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["cannedReplies"] = "The canned replies of this page.",
        ["categories"] = "Their names, from A.",
        ["contacts"] = "The contacts of this page.",
        ["deals"] = "The deals of this page.",
        ["duplicates"] = "The groups of this page.",
        ["invoices"] = "The invoices of this page.",
        ["imports"] = "The imports of this page, newest first.",
        ["invitations"] = "The invitations of this page, newest first.",
        ["messages"] = "The messages of this page, newest first.",
        ["permissions"] = "A row for each permission.",
        ["pipelines"] = "The pipelines, the default one first.",
        ["stages"] = "The stages, from first to last.",
        ["tasks"] = "The tasks of this page.",
        ["templates"] = "The templates of this page.",
        ["timeline"] = "The entries of this page, newest first.",
        ["users"] = "The colleagues of this page.",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>What is to say of a field of that name; null when that depends on where it is.</summary>
    public static string? Of(string field, bool isList) => (isList ? Lists.GetValueOrDefault(field) : null) ?? Fields.GetValueOrDefault(field);
}
