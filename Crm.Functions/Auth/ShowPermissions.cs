using System.Text.Json;

namespace Crm.Functions.Auth;

public static class ShowPermissions
{
    /// <param name="Permission">What it is called.</param>
    /// <param name="Owner">How far it reaches for owners: all, own or none.</param>
    /// <param name="Manager">How far it reaches for managers.</param>
    /// <param name="Staff">How far it reaches for staff.</param>
    /// <param name="About">What it allows.</param>
    public sealed record Row(string Permission, string Owner, string Manager, string Staff, string About);

    public sealed record Response(IReadOnlyList<Row> Permissions);

    /// <summary>Who may do what: <c>all</c> of the organisation's records, one's <c>own</c>, or <c>none</c>.</summary>
    [Function("ShowPermissions"), Tags("Auth"), Authorize]
    public static Reply<Response> Handle(
        [HttpTrigger(Anonymous, "get", Route = "auth/permissions")] HttpRequest http) => new Response(
        [.. Permissions.Table.Select(
            row => new Row(Word(row.Permission.ToString()), Word(row.Owner.ToString()), Word(row.Manager.ToString()), Word(row.Staff.ToString()), row.About))]);

    private static string Word(string name) => JsonNamingPolicy.CamelCase.ConvertName(name);
}
