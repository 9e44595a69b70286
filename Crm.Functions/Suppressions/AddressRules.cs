using Crm.Functions.Auth;
using Crm.Functions.Sending;
using Crm.Shared;
using Crm.Shared.Database;

namespace Crm.Functions.Suppressions;

/// <summary>What an address is on a channel, and how it is kept.</summary>
internal static class AddressRules
{
    public const string FindSql = $"""
        select {Suppression.Columns}
        from suppressions s
        where s.organization_id = @OrganizationId
          and s.channel = @Channel
          and s.address = any(@Addresses)
        order by s.address, s.id
        """;

    private const string CountrySql = """
        select country
        from organizations
        where id = @OrganizationId
        """;

    /// <summary>Where phone numbers without a prefix belong.</summary>
    public static async Task<string> Country(Db db, Caller caller, CancellationToken ct) =>
        (await db.Find<string>(caller.Organization, CountrySql, null, ct))!;

    /// <summary>As it is kept; null when it is none.</summary>
    public static string? Read(string channel, string text, string country) =>
        channel == "sms" ? PhoneNumber.Normalize(text.Trim(), country)
        : EmailAttribute.IsAddress(text.Trim()) ? SuppressedAddresses.Normalize(text)
        : null;
}
