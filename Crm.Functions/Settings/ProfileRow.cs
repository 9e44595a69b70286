using System.Text.Json;
using Crm.Shared.Database;

namespace Crm.Functions.Settings;

/// <summary>A user's profile as it is before a change, locked until the transaction ends, and as the change leaves it.</summary>
internal sealed record ProfileRow
{
    public required string FirstName { get; init; }
    public required string LastName { get; init; }
    public string? Phone { get; init; }
    public string? Avatar { get; init; }
    public string? Timezone { get; init; }
    public required string Language { get; init; }
    public JsonElement Preferences { get; init; }

    private const string LockSql = """
        select first_name, last_name, phone, avatar, timezone, language, preferences
        from users
        where organization_id = @OrganizationId
          and id = @UserId
        for no key update
        """;

    private const string UpdateSql = """
        update users
        set first_name = @FirstName, last_name = @LastName, phone = @Phone, avatar = @Avatar, timezone = @Timezone, language = @Language,
            preferences = @Preferences::jsonb, updated_at = @Now
        where organization_id = @OrganizationId
          and id = @UserId
        """;

    public static async Task<ProfileRow> Lock(DbTransaction tx, Guid userId) => (await tx.Find<ProfileRow>(LockSql, new { UserId = userId }))!;

    /// <summary>The profile as a request wants it; its preferences have been merged already.</summary>
    public ProfileRow Patched(UpdateProfile.Request request, JsonElement preferences) => new()
    {
        FirstName = request.FirstName.Or(FirstName).Trim(),
        LastName = request.LastName.Or(LastName).Trim(),
        Phone = Fields.Text(request.Phone.Or(Phone)),
        Avatar = Fields.Text(request.Avatar.Or(Avatar)),
        Timezone = request.Timezone.IsSet ? Zones.Find(request.Timezone.Value) : Timezone,
        Language = request.Language.Or(Language).ToLowerInvariant(),
        Preferences = preferences,
    };

    public Task<int> Save(DbTransaction tx, Guid userId) => tx.Execute(UpdateSql, new
    {
        UserId = userId,
        FirstName,
        LastName,
        Phone,
        Avatar,
        Timezone,
        Language,
        Preferences = Preferences.GetRawText(),
        tx.Now,
    });
}
