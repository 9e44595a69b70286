namespace Crm.Functions.Sending;

/// <summary>What goes out with a mail and comes back in every event about it.</summary>
public static class MailArguments
{
    public const string OrganizationId = "organization_id";
    public const string DeliveryId = "delivery_id";
    public const string CallId = "call_id";

    /// <summary>Of all mails of a call.</summary>
    public static IReadOnlyDictionary<string, string> OfCall(Guid callId) =>
        new Dictionary<string, string>(StringComparer.Ordinal) { [CallId] = callId.ToString() };

    public static IReadOnlyDictionary<string, string> Of(Guid organizationId, Guid deliveryId) => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [OrganizationId] = organizationId.ToString(),
        [DeliveryId] = deliveryId.ToString(),
    };
}
