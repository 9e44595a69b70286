using Crm.Shared.Database;

namespace Crm.Functions.Contacts;

/// <summary>
/// The contact that an id stands for now, if the caller may see it. The id of one that was merged away stands for the one that stays; so every
/// route that takes a contact's id asks here, and looks itself only at rows that were not merged away.
/// </summary>
public static class ContactAccess
{
    private sealed record Found(Guid Id, bool IsVisible);

    /// <summary>In SQL, the id that <c>@ContactId</c> stands for now; null when there is no such contact.</summary>
    public const string StandsFor = "(select coalesce(merged_into, id) from contacts where organization_id = @OrganizationId and id = @ContactId)";

    private const string Sql = $"""
        select id, (@OwnerId::uuid is null or owner_id is not distinct from @OwnerId) as is_visible
        from contacts
        where organization_id = @OrganizationId
          and id = {StandsFor}
        """;

    /// <summary>
    /// What <paramref name="find"/> finds for the id, or else for the id of the contact it stands for; or why the caller is refused. A
    /// colleague's contact is forbidden; one of another organisation, or none, does not exist.
    /// </summary>
    public static Task<(T? Row, Error? Fault)> Find<T>(Db db, Scope scope, Guid id, Func<Guid, Task<T?>> find, CancellationToken ct) where T : class =>
        Find(id, find, id => db.Find<Found>(scope, Sql, new { ContactId = id }, ct));

    /// <inheritdoc cref="Find{T}(Db, Scope, Guid, Func{Guid, Task{T}}, CancellationToken)"/>
    public static Task<(T? Row, Error? Fault)> Find<T>(DbTransaction tx, Guid id, Func<Guid, Task<T?>> find) where T : class =>
        Find(id, find, id => tx.Find<Found>(Sql, new { ContactId = id }));

    private sealed record Stand(Guid Given, Guid Id);

    private const string AllSql = """
        select id as given, coalesce(merged_into, id) as id
        from contacts
        where organization_id = @OrganizationId
          and id = any(@Ids)
        """;

    /// <summary>
    /// The contacts that ids stand for now, by those ids; without the ones that are of no contact. Whether the caller may see them is not asked.
    /// </summary>
    public static async Task<Dictionary<Guid, Guid>> Standing(DbTransaction tx, Guid[] ids) =>
        (await tx.List<Stand>(AllSql, new { Ids = ids })).ToDictionary(stand => stand.Given, stand => stand.Id);

    public static Error Colleagues => Errors.Forbidden with { Message = "This contact belongs to a colleague." };

    private static async Task<(T? Row, Error? Fault)> Find<T>(Guid id, Func<Guid, Task<T?>> find, Func<Guid, Task<Found?>> standing) where T : class
    {
        if (await find(id) is { } row)
            return (row, null);
        if (await standing(id) is not { } contact)
            return (null, Errors.ContactNotFound);
        if (!contact.IsVisible)
            return (null, Colleagues);
        row = await find(contact.Id);
        return (row, row is null ? Errors.ContactNotFound : null);
    }
}
