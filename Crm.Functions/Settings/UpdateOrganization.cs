using System.Text.Json;
using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Functions.Files;
using Crm.Functions.Timeline;
using Crm.Shared.Database;
using Npgsql;

namespace Crm.Functions.Settings;

public static class UpdateOrganization
{
    /// <summary>An absent field stays as it is, null clears it. <c>settings</c> is merged (RFC 7396) into what is there.</summary>
    [ValidatableType]
    public sealed record Request : IPatch
    {
        public static Request Example => new()
        {
            Industry = "Office supplies",
            EmployeeCount = "11-50",
            Website = "https://acme.example",
            Country = "US",
            Timezone = "America/New_York",
            Settings = JsonSerializer.SerializeToElement(new { invoicePrefix = "ACM", theme = new { accent = "#2456e6" } }),
        };

        /// <summary>What it is called.</summary>
        [Needed, Text(200)]
        public Optional<string> Name { get; init; }

        /// <summary>What it is in.</summary>
        [Text(100)]
        public Optional<string?> Industry { get; init; }

        /// <summary>How many work there: 1-10, 11-50, 51-200, 201-500 or 500+.</summary>
        [OneOf("1-10", "11-50", "51-200", "201-500", "500+")]
        public Optional<string?> EmployeeCount { get; init; }

        /// <summary>A complete web address.</summary>
        [WebAddress(secure: false)]
        public Optional<string?> Website { get; init; }

        /// <summary>As it shall be shown.</summary>
        [Text(20)]
        public Optional<string?> ContactPhone { get; init; }

        /// <summary>The postal address.</summary>
        [Text(500)]
        public Optional<string?> Address { get; init; }

        /// <summary>ISO 3166-1 alpha-2: where phone numbers without a country belong.</summary>
        [Needed, Country]
        public Optional<string> Country { get; init; }

        /// <summary>By its IANA or Windows name.</summary>
        [Needed, TimeZone]
        public Optional<string> Timezone { get; init; }

        /// <summary>What new records are in: USD, EUR, GBP, CAD or AUD.</summary>
        [Needed, Currency]
        public Optional<string> Currency { get; init; }

        /// <summary>The https address of a picture.</summary>
        [WebAddress(secure: true)]
        public Optional<string?> Logo { get; init; }

        /// <summary>
        /// An object of the client's own, 16 KB at most; no place for secrets. The app reads from it: <c>dealRottingDays</c> (1 to 3650),
        /// <c>lostReasonRequired</c> (true or false), <c>fromName</c> and <c>fromEmail</c>, the sender of campaigns and messages; <c>smsNumber</c>, E.164,
        /// the number that SMS come from and are answered to; <c>sendRatePerMinute</c> (1 to 1,000,000), recipients a minute of all campaigns together;
        /// <c>staffMaySendCampaigns</c> (true by default); <c>inboxAssigneeId</c>, the user who gets what unknown senders write;
        /// <c>invoicePrefix</c> (1 to 10 letters and digits); <c>invoiceReminders</c> (true by default).
        /// </summary>
        [JsonObject(JsonMerge.Longest)]
        public Optional<JsonElement> Settings { get; init; }
    }

    private const string AssigneeSql = """
        select status
        from users
        where organization_id = @OrganizationId
          and id = @UserId
        """;

    /// <summary>Changes the organisation's profile.</summary>
    /// <remarks>
    /// A new currency is that of new deals, products and invoices; the old ones keep theirs. A new country is that of phone
    /// numbers given from now on. With <c>If-Match</c> the change happens only to that version, else 409 VERSION_CONFLICT.
    /// </remarks>
    [Function("UpdateOrganization"), Tags("Settings"), Allow(Permission.EditOrganization)]
    public static async Task<Reply<Organization>> Handle(
        [HttpTrigger(Anonymous, "patch", Route = "settings/organization")] Request request,
        HttpContext context, Caller caller, Db db, Callers callers, CancellationToken ct)
    {
        try
        {
            return await Save(request, context, caller, db, ct);
        }
        catch (PostgresException exception) when (exception.ConstraintName == "organizations_sms_number")
        {
            // Another organisation's rows are not seen: only the index knows.
            return Errors.SmsNumberTaken with { Details = [new("settings.smsNumber", Errors.SmsNumberTaken.Message)] };
        }
        finally
        {
            // Callers carry their organisation's time zone.
            callers.Forget();
        }
    }

    private static Task<Reply<Organization>> Save(Request request, HttpContext context, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<Organization>>(caller.Organization, async tx =>
        {
            var before = await OrganizationRow.Lock(tx);
            if (Etag.Conflict(context, before.Version) is { } conflict)
                return conflict;
            var (settings, fault) = JsonMerge.Apply(before.Settings, request.Settings);
            if ((fault ?? Secrets.Fault(settings)) is { } reason)
                return Error.Invalid("settings", $"settings {reason}.");
            var (rules, ruleFault) = OrganizationRules.Of(settings);
            if (request.Settings.IsSet && (ruleFault ?? await AssigneeFault(tx, before, rules)) is { } unfit)
                return unfit;

            var after = before.Patched(request, settings);
            var changes = Change.Between<OrganizationFields>(before, after);
            if (changes.Length > 0)
            {
                await after.Save(tx, rules);
                if (after.Logo != before.Logo)
                    await StoredFiles.Release(tx, [caller.OrganizationId], ["logo"], shown: after.Logo);
                await tx.Audit(
                    caller.UserId, "organization.updated", "organization", caller.OrganizationId, new { fields = changes.Select(change => change.Field) });
            }

            var organization = (await tx.Find<Organization>(Organization.FindSql, null))!;
            return Reply<Organization>.Versioned(organization, organization.Version);
        }, ct);

    // Who left in the meantime hinders no other change.
    private static async Task<Error?> AssigneeFault(DbTransaction tx, OrganizationRow before, OrganizationRules rules)
    {
        if (rules.InboxAssigneeId is not { } id || OrganizationRules.Of(before.Settings).Rules.InboxAssigneeId == id)
            return null;
        return await tx.Find<string>(AssigneeSql, new { UserId = id }) == "active"
            ? null
            : Error.Invalid("settings.inboxAssigneeId", "settings.inboxAssigneeId must be the id of an active user of your organisation.");
    }
}
