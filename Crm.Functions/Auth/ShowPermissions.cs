using System.Text.Json;

namespace Crm.Functions.Auth;

public static class ShowPermissions
{
    public sealed record Row(string Permission, string Owner, string Manager, string Staff, string About);

    public sealed record Response(IReadOnlyList<Row> Permissions);

    /// <summary>Who may do what: <c>all</c> of the organisation's records, one's <c>own</c>, or <c>none</c>.</summary>
    [Function("ShowPermissions"), Tags("Auth"), Authorize]
    public static Reply<Response> Handle(
        [HttpTrigger(Anonymous, "get", Route = "auth/permissions")] HttpRequest http) => new Response(
        [.. Permissions.Table.Select(row => new Row(Word(row.Permission.ToString()), Word(row.Owner.ToString()), Word(row.Manager.ToString()), Word(row.Staff.ToString()), row.About))]);

    private static string Word(string name) => JsonNamingPolicy.CamelCase.ConvertName(name);
}
