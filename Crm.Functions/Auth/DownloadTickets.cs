using System.Text.Json;
using Crm.Functions.Tokens;
using Crm.Shared.Database;

namespace Crm.Functions.Auth;

/// <summary>On a function that a browser may open by its address: a ticket in the query signs in, as an address carries no header.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TakesTicketAttribute : Attribute;

/// <summary>The ticket that a request came with, and what its owner asked for when they got it: nothing else of the address counts.</summary>
public sealed record UsedTicket(JsonElement Request);

/// <summary>A ticket is good for one download within a minute, by the user and for the query it was made for; the database keeps its SHA-256.</summary>
public static class DownloadTickets
{
    public const string Parameter = "ticket";
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);

    private sealed record Row(Guid OrganizationId, Guid SessionId, JsonElement Request);

    private const string InsertSql = """
        insert into download_tickets (organization_id, id, session_id, token_hash, request, expires_at)
        values (@OrganizationId, @Id, @SessionId, @Hash, @Request::jsonb, @ExpiresAt)
        """;

    private const string UseSql = """
        update download_tickets
        set used_at = @Now
        where token_hash = @Hash
          and used_at is null
          and expires_at > @Now
        returning organization_id, session_id, request
        """;

    public static async Task<(string Ticket, DateTimeOffset ExpiresAt)> Issue(Db db, Caller caller, object request, CancellationToken ct)
    {
        var (ticket, expiresAt) = (LinkTokens.Random(), db.Now + Lifetime);
        await db.Execute(
            caller.Organization, InsertSql,
            new
            {
                Id = Guid.CreateVersion7(db.Now),
                caller.SessionId,
                Hash = LinkTokens.Hash(ticket),
                Request = JsonSerializer.Serialize(request, JsonSerializerOptions.Web),
                ExpiresAt = expiresAt,
            },
            ct);
        return (ticket, expiresAt);
    }

    /// <summary>Whose a ticket is, which is used up by asking; null when it is none, was used, or has expired.</summary>
    internal static async Task<(Caller Caller, UsedTicket Ticket)?> Use(Db db, Callers callers, string ticket, CancellationToken ct)
    {
        if (await db.Find<Row>(Scope.Global, UseSql, new { Hash = LinkTokens.Hash(ticket), db.Now }, ct) is not { } row)
            return null;
        return await callers.Find(row.OrganizationId, row.SessionId, ct) is { } caller ? (caller, new(row.Request)) : null;
    }
}
