namespace Crm.Bench;

/// <summary>The contacts that every side asks for, so many that none stays at hand anywhere by itself.</summary>
public sealed class ContactIds
{
    private const int Count = 256;

    private readonly string[] _ids;
    private readonly string _paths;

    private ContactIds(string[] ids, string paths)
    {
        _ids = ids;
        _paths = paths;
    }

    public string First => _ids[0];

    public static async Task<ContactIds> Read(BenchDatabase database, CancellationToken ct)
    {
        var ids = await database.Texts(
            $"select id from contacts where organization_id = '{BenchDatabase.Large}' order by hashtext(id::text) limit {Count}", ct);
        return new(ids, await Load.Write("paths", string.Concat(ids.Select(static id => $"/contacts/{id}\n")), ct));
    }

    /// <summary>One after the other, over HTTP.</summary>
    public Requests Requests(Users users) => new("/", users.Token(BenchDatabase.Large), "ids", () => _paths);

    /// <summary>Any one of them, in SQL: a single statement that pgbench prepares once for each connection.</summary>
    public string Script =>
        Text.Sql("contact").Replace("{count}", $"{_ids.Length}", StringComparison.Ordinal).Replace("{ids}", string.Join(',', _ids), StringComparison.Ordinal);
}
