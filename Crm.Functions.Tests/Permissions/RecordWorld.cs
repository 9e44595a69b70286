using Crm.Functions.Deals.Pipelines;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Inbox;
using Crm.Functions.Tests.Invoices;
using Crm.Functions.Tokens;

namespace Crm.Functions.Tests.Permissions;

/// <summary>What a route's id may be the id of.</summary>
public enum Kind
{
    Contact,
    Entry,
    Import,
    Deal,
    Task,
    Pipeline,
    Stage,
    Product,
    Template,
    Campaign,

    /// <summary>A contact of a campaign's.</summary>
    Recipient,
    Conversation,
    /// <summary>One that a contact wrote.</summary>
    Message,

    /// <summary>One to a contact that waits for its time.</summary>
    WaitingMessage,
    CannedReply,
    Notification,
    Member,
    Invitation,
    Suppression,
    ParkedEvent,
    WebhookEndpoint,
    Invoice,
    Payment,
    Export,

    /// <summary>A file that waits for its message.</summary>
    Attachment,
}

/// <summary>What may have happened to a record.</summary>
public enum State
{
    Own,
    Colleagues,
    OtherOrganizations,
    Deleted,

    /// <summary>Handed over to a colleague.</summary>
    HandedOver,

    /// <summary>The caller was removed, a colleague took it over, and the caller came back.</summary>
    Left,

    /// <summary>A colleague's, handed over to the caller.</summary>
    Received,

    /// <summary>A colleague's who was removed, taken over by the caller.</summary>
    Inherited,
    OwnerDeactivated,
    OwnerRemoved,
    MergedIntoOwn,

    /// <summary>The caller's own, merged away into a colleague's.</summary>
    MergedIntoColleagues,

    /// <summary>As the two before, by way of a third one.</summary>
    MergedTwiceIntoOwn,
    MergedTwiceIntoColleagues,
    ColleaguesMergedIntoOwn,
}

/// <summary>A record in a state: its ids as a path has them, the one it stands for, who writes as the caller, and what refusals must not tell.</summary>
internal sealed record Made(Guid[] Ids, Guid StandsFor, TestClient Caller);

/// <summary>Two organisations, in which records come into every state they can have for one caller.</summary>
internal sealed partial class RecordWorld(TestOrganization org, TestOrganization other, TestUser caller)
{
    /// <summary>Stands in the name of every record that is not of the caller's organisation, and in no other name.</summary>
    public const string Foreign = "Foreign";

    public TestOrganization Org => org;

    public TestOrganization Other => other;

    public TestUser Caller => caller;

    public TestUser Colleague => caller.Role switch { "owner" => org.Manager, "manager" => org.Owner, _ => org.OtherStaff };

    public static async Task<RecordWorld> Create(TestApp app, string role)
    {
        var (org, other) = (await app.NewOrganization(), await app.NewOrganization());
        return new(org, other, role switch { "owner" => org.Owner, "manager" => org.Manager, _ => org.Staff });
    }

    /// <summary>A new record of this kind in this state.</summary>
    public async Task<Made> Make(Kind kind, State state)
    {
        switch (state)
        {
            case State.Own:
                return Of(await New(kind, org, caller));
            case State.Colleagues:
                return Of(await New(kind, org, kind == Kind.Member ? await org.AddUser("staff") : Colleague));
            case State.OtherOrganizations:
                return Of(await New(kind, other, other.Owner));
            case State.Deleted:
                return Of(await Deleted(kind, await New(kind, org, caller)));
            case State.HandedOver:
                return Of(await HandOver(kind, await New(kind, org, caller), Colleague));
            case State.Received:
                return Of(await HandOver(kind, await New(kind, org, Colleague), caller));
            case State.Left:
                return await Left(kind);
            case State.Inherited:
                return Of(await FromLeaver(kind, user => org.Owner.Delete($"/settings/team/{user.Id}?reassignTo={caller.Id}")));
            case State.OwnerDeactivated:
                return Of(await FromLeaver(kind, user => org.Owner.Patch($"/settings/team/{user.Id}", new { status = "inactive" })));
            case State.OwnerRemoved:
                return Of(await FromLeaver(kind, user => org.Owner.Delete($"/settings/team/{user.Id}")));
            default:
                return await Merged(kind, state);
        }
    }

    private Made Of(Guid[] ids) => new(ids, ids[0], caller);

    private async Task<Guid[]> FromLeaver(Kind kind, Func<TestUser, Task<TestReply>> leave)
    {
        var leaver = await org.AddUser("staff");
        var ids = kind == Kind.Member ? [leaver.Id] : await New(kind, org, leaver);
        (await leave(leaver)).Expect(200);
        return ids;
    }

    private async Task<Made> Left(Kind kind)
    {
        var user = await org.AddUser(caller.Role);
        var ids = await New(kind, org, user);
        var boss = await org.AddUser("owner");
        (await boss.Delete($"/settings/team/{user.Id}?reassignTo={Colleague.Id}")).Expect(200);
        (await boss.Patch($"/settings/team/{user.Id}", new { status = "active" })).Expect(200);
        var session = Guid.CreateVersion7();
        await org.App.Sql("insert into sessions (organization_id, id, user_id, created_at) values ($1, $2, $3, $4)",
            org.Id, session, user.Id, org.App.Clock.GetUtcNow());
        var version = await org.App.Scalar<int>("select token_version from users where organization_id = $1 and id = $2", org.Id, user.Id);
        return new(ids, ids[0], new TestClient(org.App, org.App.Services.GetRequiredService<AccessTokens>().Issue(user.Id, org.Id, session, version)));
    }

    // A deal or task stays whose it was when its contact is merged away.
    private async Task<Made> Merged(Kind kind, State state)
    {
        var ids = await New(kind, org, state == State.ColleaguesMergedIntoOwn ? Colleague : caller);
        var contact = kind switch
        {
            Kind.Deal => await org.App.Scalar<Guid>("select contact_id from deals where organization_id = $1 and id = $2", org.Id, ids[0]),
            Kind.Task => await org.App.Scalar<Guid>("select contact_id from tasks where organization_id = $1 and id = $2", org.Id, ids[0]),
            Kind.Conversation or Kind.Message or Kind.WaitingMessage => await InboxRecords.ContactOf(org, ids[0]),
            Kind.Invoice => await org.App.Scalar<Guid>("select contact_id from invoices where organization_id = $1 and id = $2", org.Id, ids[0]),
            _ => ids[0],
        };
        var stays = await org.AddContact(state is State.MergedIntoColleagues or State.MergedTwiceIntoColleagues ? Colleague : caller);
        if (state is State.MergedTwiceIntoOwn or State.MergedTwiceIntoColleagues)
        {
            var between = await org.AddContact(state == State.MergedTwiceIntoOwn ? Colleague : caller);
            await Merge(between, contact);
            contact = between;
        }

        await Merge(stays, contact);
        return new(ids, kind is Kind.Contact or Kind.Entry ? stays : ids[0], caller);
    }

    private async Task Merge(Guid into, Guid gone) =>
        (await org.Owner.Post("/contacts/merge", new { primaryId = into, duplicateIds = new[] { gone } })).Expect(200);

    private async Task<Guid[]> HandOver(Kind kind, Guid[] ids, TestUser to)
    {
        if (kind is Kind.Conversation or Kind.Message or Kind.WaitingMessage)
        {
            (await org.Owner.Patch($"/contacts/{await InboxRecords.ContactOf(org, ids[0])}", new { ownerId = to.Id })).Expect(200);
            return ids;
        }

        var (path, field) = kind switch { Kind.Deal => ("deals", "ownerId"), Kind.Task => ("tasks", "assigneeId"), _ => ("contacts", "ownerId") };
        (await org.Owner.Patch($"/{path}/{ids[0]}", new Dictionary<string, object> { [field] = to.Id })).Expect(200);
        return ids;
    }

    private async Task<Guid[]> Deleted(Kind kind, Guid[] ids)
    {
        if (kind == Kind.Stage)
        {
            var pipeline = await org.App.Scalar<Guid>("select pipeline_id from stages where organization_id = $1 and id = $2", org.Id, ids[0]);
            (await org.Owner.Delete($"/pipelines/{pipeline}")).Expect(200);
            return ids;
        }

        var path = kind switch
        {
            Kind.Contact => $"/contacts/{ids[0]}",
            Kind.Entry => $"/contacts/{ids[0]}/timeline/{ids[1]}",
            Kind.Deal => $"/deals/{ids[0]}",
            Kind.Task => $"/tasks/{ids[0]}",
            Kind.Pipeline => $"/pipelines/{ids[0]}",
            Kind.Product => $"/products/{ids[0]}",
            Kind.Template => $"/templates/{ids[0]}",
            Kind.Suppression => $"/suppressions/{ids[0]}",
            Kind.WebhookEndpoint => $"/webhook-endpoints/{ids[0]}",
            Kind.Campaign => $"/campaigns/{ids[0]}",
            Kind.Recipient => $"/campaigns/{ids[0]}/recipients/{ids[1]}",
            Kind.WaitingMessage => $"/messages/{ids[0]}",
            Kind.CannedReply => $"/inbox/canned-replies/{ids[0]}",
            Kind.Invoice => $"/invoices/{ids[0]}",
            _ => $"/auth/invitations/{ids[0]}",
        };
        (await (kind == Kind.Entry ? caller : org.Owner).Delete(path)).Expect(200);
        return ids;
    }

    /// <summary>A new record of a user; a member is the user.</summary>
    private async Task<Guid[]> New(Kind kind, TestOrganization of, TestUser user)
    {
        var name = $"{(of == other ? Foreign : "Record")} {Guid.NewGuid():N}";
        switch (kind)
        {
            case Kind.Contact:
                return [await of.AddCorrespondent(user, name)];
            case Kind.Entry:
                var contact = await of.AddContact(user, name);
                return [contact, Id(await user.Post($"/contacts/{contact}/timeline", new { type = "note", description = name }))];
            case Kind.Deal:
                return [Id(await user.Post("/deals", new { title = name, contactId = await of.AddContact(user, name) }))];
            case Kind.Task:
                return [Id(await user.Post("/tasks", new { title = name, contactId = await of.AddContact(user, name) }))];
            case Kind.Product:
                return [Id(await of.Owner.Post("/products", new { name, price = 1 }))];
            case Kind.Template:
                return [Id(await user.Post("/templates", new { name, type = "email", content = "Hello {{first_name}}" }))];
            case Kind.Suppression:
                return [await Suppression(of, name)];
            case Kind.WebhookEndpoint:
                var endpoint = await of.Owner.Post("/webhook-endpoints", new { url = "http://127.0.0.1:9/closed", description = name });
                return [endpoint.Expect(201).Data.GetProperty("id").GetGuid()];
            case Kind.ParkedEvent:
                return [await ParkedEvent(of, name)];
            case Kind.Campaign:
                return [await Draft(of, user, name, await of.AddContact(user, name, $"{Guid.NewGuid():N}@campaigns.test"))];
            case Kind.Recipient:
                var recipient = await of.AddContact(user, name, $"{Guid.NewGuid():N}@campaigns.test");
                return [await Draft(of, user, name, recipient), recipient];
            case Kind.Conversation or Kind.Message or Kind.WaitingMessage or Kind.CannedReply or Kind.Notification or Kind.Export or Kind.Attachment:
                return [await InboxRecords.Make(kind, of, user, name)];
            case Kind.Pipeline:
                return [Id(await of.Owner.Post("/pipelines", CreatePipeline.Request.Example with { Name = name }))];
            case Kind.Stage:
                return [(await of.Owner.Post("/pipelines", CreatePipeline.Request.Example with { Name = name })).Expect(201)
                    .Data.GetProperty("stages")[0].GetProperty("id").GetGuid()];
            case Kind.Import:
                var id = Guid.CreateVersion7();
                await of.App.Sql(
                    """
                    insert into imports (organization_id, id, user_id, owner_id, file_name, columns, fields, on_duplicate, tags, dry_run, total, status,
                                         created_at, updated_at)
                    values ($1, $2, $3, $3, $5, '{}', '{}', 'skip', '{}', false, 0, 'completed', $4, $4)
                    """,
                    of.Id, id, user.Id, of.App.Clock.GetUtcNow(), name);
                return [id];
            case Kind.Invoice:
                return [await Billing.AddInvoice(user, await of.AddContact(user, name, $"{Guid.NewGuid():N}@example.test"), 500, isSent: true)];
            case Kind.Payment:
                return [await Billing.AddPayment(user, await Billing.AddInvoice(user, await of.AddContact(user, name), 500, isSent: true), 100)];
            case Kind.Invitation:
                return [Id(await (user.Role == "staff" ? of.Manager : user)
                    .Post("/auth/invite", new { email = $"{Guid.NewGuid():N}@example.test", role = "staff" }))];
            default:
                return [user.Id];
        }
    }

    private static async Task<Guid> Draft(TestOrganization of, TestUser user, string name, Guid contact) => Id(await user.Post(
        "/campaigns", new { name, type = "email", subject = "Hello", content = "Hello {{first_name}}", contactIds = new[] { contact } }));

    private static Guid Id(TestReply reply) => reply.Expect(201).Data.GetProperty("id").GetGuid();
}
