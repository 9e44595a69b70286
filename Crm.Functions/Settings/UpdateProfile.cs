using System.Text.Json;
using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Functions.Files;
using Crm.Functions.Timeline;
using Crm.Shared.Database;

namespace Crm.Functions.Settings;

public static class UpdateProfile
{
    /// <summary>An absent field stays as it is, null clears it. <c>preferences</c> is merged (RFC 7396) into what is there.</summary>
    [ValidatableType]
    public sealed record Request : IPatch
    {
        public static Request Example => new()
        {
            Phone = "+1 415 555 0132",
            Timezone = "America/Los_Angeles",
            Language = "en",
            Preferences = JsonSerializer.SerializeToElement(new { theme = "dark", dashboard = new { compact = true } }),
        };

        /// <summary>The first name.</summary>
        [Needed, Text(100)]
        public Optional<string> FirstName { get; init; }

        /// <summary>The last name.</summary>
        [Needed, Text(100)]
        public Optional<string> LastName { get; init; }

        /// <summary>As it shall be shown.</summary>
        [Text(20)]
        public Optional<string?> Phone { get; init; }

        /// <summary>The https address of a picture.</summary>
        [WebAddress(secure: true)]
        public Optional<string?> Avatar { get; init; }

        /// <summary>By its IANA or Windows name; null for the organisation's.</summary>
        [TimeZone]
        public Optional<string?> Timezone { get; init; }

        /// <summary>en, es, fr, de or pt.</summary>
        [Needed, OneOf("en", "es", "fr", "de", "pt")]
        public Optional<string> Language { get; init; }

        /// <summary>An object of the client's own, 16 KB at most.</summary>
        [JsonObject(JsonMerge.Longest)]
        public Optional<JsonElement> Preferences { get; init; }
    }

    private const string FindSql = $"""
        {Account.Select}
        where u.organization_id = @OrganizationId
          and u.id = @UserId
        """;

    /// <summary>Changes the caller's own profile.</summary>
    /// <remarks>E-mail and role are not changed here: they are ignored. Without a time zone of their own a user lives in the organisation's.</remarks>
    [Function("UpdateProfile"), Tags("Settings"), Authorize]
    public static async Task<Reply<Account>> Handle(
        [HttpTrigger(Anonymous, "patch", Route = "settings/profile")] Request request, Caller caller, Db db, Callers callers, CancellationToken ct)
    {
        var reply = await db.Transaction<Reply<Account>>(caller.Organization, async tx =>
        {
            var before = await ProfileRow.Lock(tx, caller.UserId);
            var (preferences, fault) = JsonMerge.Apply(before.Preferences, request.Preferences);
            if (fault is not null)
                return Error.Invalid("preferences", $"preferences {fault}.");

            var after = before.Patched(request, preferences);
            var changes = Change.Between(before, after);
            if (changes.Length > 0)
            {
                await after.Save(tx, caller.UserId);
                if (after.Avatar != before.Avatar)
                    await StoredFiles.Release(tx, [caller.UserId], ["avatar"], shown: after.Avatar);
                await tx.Audit(caller.UserId, "user.profile_updated", "user", caller.UserId, new { fields = changes.Select(change => change.Field) });
            }

            return (await tx.Find<Account>(FindSql, new { caller.UserId }))!;
        }, ct);
        callers.Forget();
        return reply;
    }
}
