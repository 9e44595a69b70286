using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Idempotency;

/// <summary>
/// Honours <c>Idempotency-Key</c> on every POST that needs a signed-in caller: the first request runs and its reply is kept for a day, a
/// repeat gets that reply. A mark set inside the request's own transaction says that it was carried out, so that a process
/// killed between the commit and the reply does not make the repeat do it again.
/// </summary>
public static class Idempotency
{
    private const string Header = "Idempotency-Key";
    private const int LongestKey = 255;
    private static readonly TimeSpan Lock = TimeSpan.FromMinutes(4);

    /// <summary>How long a reply is kept for its repeats.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromHours(24);


    private sealed record Stored(
        byte[] RequestHash, DateTimeOffset LockedUntil, DateTimeOffset? CommittedAt, int? StatusCode, byte[]? Body);

    // A row that is too old, or whose request neither finished nor committed in its time, is taken over.
    private const string ClaimSql = """
        insert into idempotency_keys (organization_id, user_id, route, key, request_hash, locked_until, created_at)
        values (@OrganizationId, @UserId, @Route, @Key, @Hash, @LockedUntil, @Now)
        on conflict (organization_id, user_id, route, key) do update
        set request_hash = excluded.request_hash, locked_until = excluded.locked_until, created_at = excluded.created_at,
            committed_at = null, status_code = null, body = null
        where idempotency_keys.created_at < @OldestKept
           or (idempotency_keys.locked_until < @Now and idempotency_keys.committed_at is null
               and idempotency_keys.status_code is null and idempotency_keys.request_hash = @Hash)
        """;

    private const string FindSql = """
        select request_hash, locked_until, committed_at, status_code, body
        from idempotency_keys
        where organization_id = @OrganizationId and user_id = @UserId and route = @Route and key = @Key
        """;

    // locked_until tells whose turn it is: a request so slow that a repeat took over finds another one here.
    private const string CommitSql = """
        update idempotency_keys
        set committed_at = @Now
        where organization_id = @OrganizationId and user_id = @UserId and route = @Route and key = @Key
          and locked_until = @LockedUntil
        """;

    private const string FinishSql = """
        update idempotency_keys
        set status_code = @StatusCode, body = @Body
        where organization_id = @OrganizationId and user_id = @UserId and route = @Route and key = @Key
          and locked_until = @LockedUntil
        """;

    private const string ForgetSql = """
        delete from idempotency_keys
        where organization_id = @OrganizationId and user_id = @UserId and route = @Route and key = @Key
          and locked_until = @LockedUntil
          and (committed_at is null or @Refused)
        """;

    public static void UseIdempotency(this IApplicationBuilder app) => app.Use(static (context, next) =>
        HttpMethods.IsPost(context.Request.Method)
            && context.Request.Headers.ContainsKey(Header) && IsForCallers(context) && context.Features.Get<Caller>() is { } caller
            ? Once(context, next, caller)
            : next(context));

    // What everybody may call (sign-in, invitations' links) answers with tokens, which must not be kept; who happens to be signed in meanwhile does not matter.
    private static bool IsForCallers(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is null;

    private static async Task Once(HttpContext context, RequestDelegate next, Caller caller)
    {
        var key = context.Request.Headers[Header].ToString();
        if (key.Length is 0 or > LongestKey)
        {
            await context.Refuse(Error.Invalid(Header, $"{Header} must be 1 to {LongestKey} characters."));
            return;
        }

        var db = context.RequestServices.GetRequiredService<Db>();
        var now = db.Now;
        var row = new
        {
            caller.UserId,
            Route = $"{context.Request.Method} {context.Request.Path}",
            Key = key,
            Hash = await RequestHash.Of(context),
            Now = now,
            LockedUntil = now + Lock,
            OldestKept = now - Kept,
            Refused = false,
        };

        if (await db.Execute(caller.Organization, ClaimSql, row, CancellationToken.None) == 0)
        {
            await Repeat(context, row.Hash, now, await db.Find<Stored>(caller.Organization, FindSql, row, CancellationToken.None));
            return;
        }

        db.BeforeCommit = async tx =>
        {
            if (await tx.Execute(CommitSql, row) == 0)
                throw new InvalidOperationException("The request took so long that its repeat took over.");
        };
        // It runs to its end even when the client has gone: that client will ask again, and find the reply.
        var clientGone = context.RequestAborted;
        context.RequestAborted = CancellationToken.None;
        int status;
        byte[] body;
        try
        {
            (status, body) = await Capture(context, next);
        }
        catch
        {
            await db.Execute(caller.Organization, ForgetSql, row, CancellationToken.None);
            throw;
        }

        context.RequestAborted = clientGone;
        // Only what succeeded is final: a refused request may be mended and sent again under its key.
        if (status is >= 200 and < 300)
            await db.Execute(
                caller.Organization, FinishSql,
                new { row.UserId, row.Route, row.Key, row.LockedUntil, StatusCode = status, Body = body }, CancellationToken.None);
        else
            await db.Execute(caller.Organization, ForgetSql, new { row.UserId, row.Route, row.Key, row.LockedUntil, Refused = true }, CancellationToken.None);
        // Writing nothing would begin the response, and nobody could say any more why it was refused.
        if (body.Length > 0)
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    private static async Task Repeat(HttpContext context, byte[] hash, DateTimeOffset now, Stored? stored)
    {
        // Gone again in between: the first request was refused this very moment.
        if (stored is null)
            await context.Refuse(Errors.IdempotencyInProgress);
        else if (!stored.RequestHash.AsSpan().SequenceEqual(hash))
            await context.Refuse(Errors.IdempotencyKeyReused);
        else if (stored.StatusCode is not { } status)
            await context.Refuse(stored.CommittedAt is not null && stored.LockedUntil < now ? Errors.IdempotencyReplyLost : Errors.IdempotencyInProgress);
        else
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/json; charset=utf-8";
            context.Response.Headers["Idempotency-Replayed"] = "true";
            await context.Response.Body.WriteAsync(stored.Body, context.RequestAborted);
        }
    }

    private static async Task<(int Status, byte[] Body)> Capture(HttpContext context, RequestDelegate next)
    {
        var wire = context.Response.Body;
        using var buffer = new MemoryStream();
        context.Response.Body = buffer;
        try
        {
            await next(context);
        }
        finally
        {
            context.Response.Body = wire;
        }

        return (context.Response.StatusCode, buffer.ToArray());
    }
}
