using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Contacts;

/// <summary>What the tests of contacts read off answers again and again.</summary>
internal static class ContactTesting
{
    /// <summary>The ids of a list, in its order.</summary>
    public static IReadOnlyList<Guid> Ids(this TestReply reply, string list) =>
        [.. reply.Data.GetProperty(list).EnumerateArray().Select(row => row.GetProperty("id").GetGuid())];

    /// <summary>A text field of each row of a list.</summary>
    public static IReadOnlyList<string?> Texts(this TestReply reply, string list, string field) =>
        [.. reply.Data.GetProperty(list).EnumerateArray().Select(row => row.GetProperty(field).GetString())];

    /// <summary>A number of a list's pagination.</summary>
    public static int Page(this TestReply reply, string field) => reply.Data.GetProperty("meta").GetProperty("pagination").GetProperty(field).GetInt32();

    /// <summary>The cursor of the next page, or null at the end.</summary>
    public static string? NextCursor(this TestReply reply) =>
        reply.Data.GetProperty("meta").GetProperty("pagination").TryGetProperty("nextCursor", out var cursor) ? cursor.GetString() : null;

    /// <summary>What happened with a contact, newest first.</summary>
    public static async Task<IReadOnlyList<string?>> Actions(this TestOrganization org, Guid contact) =>
        (await org.Owner.Get($"/contacts/{contact}/timeline")).Expect(200).Texts("timeline", "action");
}
