using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Inbox;

namespace Crm.Functions.Tests.Permissions;

/// <summary>Records of the inbox, and exports, as <see cref="RecordWorld"/> makes them.</summary>
internal static class InboxRecords
{
    public static async Task<Guid> Make(Kind kind, TestOrganization of, TestUser user, string name)
    {
        if (kind == Kind.Export)
            return await Export(of, user);
        if (kind == Kind.Attachment)
            return await user.AddAttachment([1, 2, 3], $"{name}.pdf");
        if (kind == Kind.Notification)
            return await of.AddNotification(user, name);
        if (kind == Kind.CannedReply)
            return (await user.Post("/inbox/canned-replies", new { shortcut = $"{Guid.NewGuid():N}", name, content = "Hello" }))
                .Expect(201).Data.GetProperty("id").GetGuid();
        var written = await user.WriteMail(await of.AddCorrespondent(user, name), kind == Kind.WaitingMessage);
        // A merge holds what is to be sent while it runs, and whoever would send it then leaves it to the next minute's sweep: here no timer fires.
        await of.App.Settled(of.Id);
        var conversation = written.GetProperty("conversation").GetProperty("id").GetGuid();
        return kind switch
        {
            Kind.Conversation => conversation,
            Kind.WaitingMessage => written.GetProperty("message").GetProperty("id").GetGuid(),
            _ => await of.AddInbound(conversation, name),
        };
    }

    /// <summary>An export that was made in the background.</summary>
    public static async Task<Guid> Export(TestOrganization of, TestUser user)
    {
        var id = Guid.CreateVersion7();
        await of.App.Sql(
            """
            insert into exports (organization_id, id, user_id, request, type, format, file_name, status, expected, created_at, updated_at)
            values ($1, $2, $3, '{"type":"deals"}', 'deals', 'csv', 'deals.csv', 'completed', 1, $4, $4)
            """,
            of.Id, id, user.Id, of.App.Clock.GetUtcNow());
        return id;
    }

    /// <summary>The contact of a conversation or message.</summary>
    public static Task<Guid> ContactOf(TestOrganization org, Guid id) => org.App.Scalar<Guid>(
        """
        select contact_id from conversations where organization_id = $1 and id = $2
        union all
        select contact_id from messages where organization_id = $1 and id = $2
        """,
        org.Id, id);
}
