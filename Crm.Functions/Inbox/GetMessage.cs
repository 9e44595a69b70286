using Crm.Functions.Auth;
using Crm.Shared.Database;
using Crm.Shared.Integrations.S3;

namespace Crm.Functions.Inbox;

public static class GetMessage
{
    /// <summary>One message.</summary>
    /// <remarks>Reading it here does not mark it as read.</remarks>
    [Function("GetMessage"), Tags("Inbox"), Allow(Permission.ReadInbox)]
    public static async Task<Reply<MessageDetail>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "messages/{id:guid}")] HttpRequest http, Guid id, Caller caller, Db db, FileStore store, CancellationToken ct)
    {
        var scope = caller.Scope;
        return await db.Find<MessageDetail>(scope, MessageDetail.ByIdSql, new { Id = id }, ct) is { } message
            ? message.With(store)
            : await Access.Refusal(db, scope, Owned.Message, id, Errors.MessageNotFound, ct);
    }
}
