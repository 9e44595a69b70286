using Crm.Shared;
using Crm.Shared.Database;

namespace Crm.Functions.Invoices.Online;

/// <summary>Which of our rows a payment at Stripe belongs to.</summary>
/// <param name="OrganizationId">Whose it is.</param>
/// <param name="IntentId">The row.</param>
/// <param name="InvoiceId">What is paid.</param>
/// <param name="Timezone">Where the organisation is.</param>
internal sealed record PlaceOfIntent(Guid OrganizationId, Guid IntentId, Guid InvoiceId, string Timezone)
{
    private const string ByProviderIdSql = """
        select n.organization_id, n.id as intent_id, n.invoice_id, o.timezone
        from payment_intents n
        join organizations o on o.id = n.organization_id
        where n.provider_id = @ProviderId
        """;

    private const string ByOwnIdSql = """
        select n.organization_id, n.id as intent_id, n.invoice_id, o.timezone
        from payment_intents n
        join organizations o on o.id = n.organization_id
        where n.organization_id = @OrganizationId
          and n.id = @Id
        """;

    public DateOnly Day(DateTimeOffset at) => LocalDay.At(at, TimeZones.First(Timezone)).Date;

    public Scope Scope => new(OrganizationId);

    public static Task<PlaceOfIntent?> Find(Db db, string providerId, CancellationToken ct) =>
        db.Find<PlaceOfIntent>(Scope.Global, ByProviderIdSql, new { ProviderId = providerId }, ct);

    /// <summary>By Stripe's id or, before we have written that down, by the ids that we gave along.</summary>
    public static async Task<PlaceOfIntent?> Find(Db db, string providerId, IReadOnlyDictionary<string, string> metadata, CancellationToken ct)
    {
        if (await Find(db, providerId, ct) is { } known)
            return known;
        return Id(metadata, "organization_id") is { } organization && organization != Guid.Empty && Id(metadata, "intent_id") is { } id
            ? await db.Find<PlaceOfIntent>(new Scope(organization), ByOwnIdSql, new { Id = id }, ct)
            : null;
    }

    public static Guid? Id(IReadOnlyDictionary<string, string> metadata, string name) =>
        metadata.TryGetValue(name, out var text) && Guid.TryParse(text, out var id) ? id : null;
}
