using System.Text.Json;
using Crm.Functions.Auth;
using Crm.Functions.Deals.Pipelines;
using Crm.Functions.Hosting;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Inbox;
using Crm.Functions.Tests.Invoices;
using Microsoft.AspNetCore.Authorization;
using Table = Crm.Functions.Auth.Permissions;

namespace Crm.Functions.Tests.Permissions;

/// <summary>
/// Every route of the app with every kind of caller, on their own, a colleague's and another organisation's record, against
/// <see cref="Table"/>. The routes are the app's own endpoints, so that a new one is tested from its first day: when
/// it has an id, say in <see cref="Records"/> how such a record is made.
/// </summary>
public sealed class PermissionMatrixTests(TestServices services)
{
    /// <summary>
    /// How a record that belongs to a user is made; the first prefix that fits a route's pattern decides. Returns the values of its ids, in order.
    /// </summary>
    private static readonly (string Prefix, Func<TestOrganization, TestUser, Task<Guid[]>> Make)[] Records =
    [
        ("/contacts/{id:guid}/timeline/{entryId:guid}", async (org, user) =>
        {
            var contact = await org.AddContact(user);
            return [contact, Id(await user.Post($"/contacts/{contact}/timeline", new { type = "note", description = "x" }))];
        }),
        ("/contacts/import/{id:guid}", async (org, user) =>
        {
            var id = Guid.CreateVersion7();
            await org.App.Sql(
                """
                insert into imports (organization_id, id, user_id, owner_id, file_name, columns, fields, on_duplicate, tags, dry_run, total, status,
                                     created_at, updated_at)
                values ($1, $2, $3, $3, 'x.csv', '{}', '{}', 'skip', '{}', false, 0, 'completed', $4, $4)
                """,
                org.Id, id, user.Id, org.App.Clock.GetUtcNow());
            return [id];
        }),
        ("/contacts/duplicates", async (org, user) =>
        {
            var twins = new { name = "Twin", phone = "+14155550132" };
            return [Id(await user.Post("/contacts", twins)), Id(await user.Post("/contacts", twins))];
        }),
        ("/contacts/{id:guid}", async (org, user) => [await org.AddContact(user)]),
        ("/deals/{id:guid}", Deal),
        // The move names a deal; its id may stand where the pipeline's does.
        ("/pipelines/{id:guid}/stages", Deal),
        ("/pipelines/{id:guid}",
            async (org, _) => [Id(await org.Owner.Post("/pipelines", CreatePipeline.Request.Example with { Name = $"Pipeline {Guid.NewGuid():N}" }))]),
        ("/tasks/{id:guid}",
            async (org, user) => [Id(await user.Post("/tasks", new { title = "Call back", dueDate = org.App.Clock.GetUtcNow().AddDays(1).ToString("O") }))]),
        ("/templates/{id:guid}",
            async (_, user) => [Id(await user.Post("/templates", new { name = "Welcome", type = "email", content = "Hello {{first_name}}" }))]),
        // What a contact wrote is read or unread; what is to be sent to one can be cancelled.
        ("/messages/{id:guid}", async (org, user) =>
        {
            var written = await user.WriteMail(await org.AddCorrespondent(user), isWaiting: false);
            return [await org.AddInbound(written.GetProperty("conversation").GetProperty("id").GetGuid())];
        }),
        ("/inbox/conversations/{id:guid}", async (org, user) =>
            [(await user.WriteMail(await org.AddCorrespondent(user), isWaiting: false)).GetProperty("conversation").GetProperty("id").GetGuid()]),
        ("/inbox/canned-replies/{id:guid}",
            async (_, user) => [Id(await user.Post("/inbox/canned-replies", new { shortcut = $"{Guid.NewGuid():N}", content = "Hello" }))]),
        ("/notifications/{id:guid}", async (org, user) => [await org.AddNotification(user)]),
        ("/campaigns/{id:guid}/recipients/{contactId:guid}", async (org, user) =>
        {
            var contact = await org.AddContact(user, email: $"{Guid.NewGuid():N}@campaigns.test");
            return [await Campaign(user, contact), contact];
        }),
        ("/campaigns/{id:guid}", async (org, user) =>
        {
            var id = await Campaign(user, await org.AddContact(user, email: $"{Guid.NewGuid():N}@campaigns.test"));
            return [id];
        }),
        ("/invoices/{id:guid}", async (org, user) =>
            [await Billing.AddInvoice(user, await org.AddContact(user, email: $"{Guid.NewGuid():N}@example.test"), 500, isSent: true)]),
        ("/payments/{id:guid}", async (org, user) =>
            [await Billing.AddPayment(user, await Billing.AddInvoice(user, await org.AddContact(user), 500, isSent: true), 100)]),
        // Products and colleagues are everybody's.
        ("/products/{id:guid}", async (org, _) => [Id(await org.Owner.Post("/products", new { name = "Desk", price = 1, category = "Furniture" }))]),
        ("/suppressions/{id:guid}", async (org, _) => [await RecordWorld.Suppression(org, "x")]),
        ("/webhook-endpoints/{id:guid}",
            async (org, _) => [Id(await org.Owner.Post("/webhook-endpoints", new { url = "http://127.0.0.1:9/closed" }))]),
        ("/webhooks/events/{id:guid}", async (org, _) => [await RecordWorld.ParkedEvent(org, "x")]),
        ("/settings/team/{userId:guid}/hand-over", async (org, _) =>
        {
            var leaver = await org.AddUser("staff");
            (await org.Owner.Delete($"/settings/team/{leaver.Id}?reassignTo={org.Owner.Id}")).Expect(200);
            return [leaver.Id];
        }),
        ("/reports/export/{id:guid}", async (org, user) => [await InboxRecords.Export(org, user)]),
        ("/upload/avatar/user/{id:guid}", (_, user) => Task.FromResult<Guid[]>([user.Id])),
        ("/upload/avatar/contact/{id:guid}", async (org, user) => [await org.AddContact(user)]),
        ("/settings/team/{userId:guid}", async (org, _) => [(await org.AddUser("staff")).Id]),
        // Staff invite nobody: what they are refused is a manager's.
        ("/auth/invitations/{id:guid}", async (org, user) => [Id(
            await (user.Role == "staff" ? org.Manager : user).Post("/auth/invite", new { email = $"{Guid.NewGuid():N}@example.test", role = "staff" }))]),
    ];

    /// <summary>Bodies that name records, where the examples name those of the demo organisation; by function.</summary>
    private static readonly Dictionary<string, Func<TestOrganization, TestUser, Task<object>>> Bodies = new(StringComparer.Ordinal)
    {
        ["MergeContacts"] = async (org, user) => new { primaryId = await org.AddContact(user), duplicateIds = new[] { await org.AddContact(user) } },
        ["CreateDeal"] = async (org, user) => new { title = "Desks", contactId = await org.AddContact(user) },
        ["CreateInvoice"] = async (org, user) => new { contactId = await org.AddContact(user), items = new[] { new { description = "Desk", unitPrice = 1 } } },
        ["CreateTask"] = async (org, user) => new { title = "Call back", contactId = await org.AddContact(user) },
        ["MoveDeal"] = async (org, _) => new { stageId = await Stage(org) },
        ["MoveDealInPipeline"] = async (org, _) => new { stageId = await Stage(org) },
        ["WriteMessage"] = async (org, user) =>
            new { contactId = await org.AddCorrespondent(user), type = "email", subject = "Hello", content = "Hello {{first_name}}" },
        ["AssignConversation"] = (_, user) => Task.FromResult<object>(new { assigneeId = user.Id }),
        ["CreateCampaign"] = async (org, user) =>
            new { name = "Spring", type = "email", subject = "Hello", content = "Hello", contactIds = new[] { await org.AddContact(user) } },
        ["PreviewCampaign"] = async (org, user) => new { contactId = await org.AddContact(user) },
        ["TestCampaign"] = async (org, user) => new { contactId = await org.AddContact(user) },
        ["PreviewTemplate"] = async (org, user) => new { contactId = await org.AddContact(user) },
        ["ReplayEvents"] = async (org, _) => new { ids = new[] { await RecordWorld.ParkedEvent(org, "x") } },
        ["ChangePassword"] = (_, _) => Task.FromResult<object>(
            new { currentPassword = TestOrganization.Password, newPassword = "another fine password", confirmPassword = "another fine password" }),
    };

    /// <summary>Answers without records of their own.</summary>
    private static readonly string[] WithoutIds =
    [
        "ListProductCategories", "ListTemplateVariables", "ShowSystem", "CountUnread", "ShowInvoiceStats", "CheckInvoices", "ShowOverview", "ShowMarketing",
        "ListWebhookEventTypes",
    ];

    /// <summary>Parameters of routes that are no record's id.</summary>
    private static readonly string[] ByToken = ["token", "secret"];

    /// <summary>A function's name and a role, or "anonymous"; one case each.</summary>
    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        using var app = CrmApp.Build([]);
        foreach (var endpoint in ClientEndpoints(app.Services.GetRequiredService<FunctionEndpoints>().Endpoints))
        {
            foreach (var caller in new[] { "anonymous", "staff", "manager", "owner" })
                cases.Add(RouteCalls.Name(endpoint), caller);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Each_caller_reaches_what_the_table_says(string function, string caller)
    {
        var endpoint = ClientEndpoints(services.App.Described).Single(endpoint => RouteCalls.Name(endpoint) == function);
        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();

        if (caller == "anonymous")
        {
            var reply = await RouteCalls.Call(services.App.Anonymous, endpoint, await Record(endpoint, org, org.Owner), await Body(endpoint, org, org.Owner));
            if (endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null)
                reply.Expect(401, "UNAUTHORIZED");
            else
                Assert.True(
                    reply.Status is not 403 && (reply.Status != 401 || reply.Code == "INVALID_CREDENTIALS" || function == "RefreshSession"),
                    $"{reply.Request}: {reply.Status} {reply.Body}");
            return;
        }

        if (endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            return;

        var user = caller switch { "owner" => org.Owner, "manager" => org.Manager, _ => org.Staff };
        var reach = endpoint.Metadata.GetMetadata<AllowAttribute>() is { } allow
            ? Table.Of(allow.Permission).Of(Enum.Parse<Role>(caller, ignoreCase: true))
            : Reach.All;
        var colleague = caller switch { "owner" => org.Manager, "manager" => org.Owner, _ => org.OtherStaff };

        Check(
            endpoint, await RouteCalls.Call(user, endpoint, await Record(endpoint, org, user), await Body(endpoint, org, user)),
            reach == Reach.None ? 403 : 200);
        if (!HasIds(endpoint))
            return;
        Check(
            endpoint, await RouteCalls.Call(user, endpoint, await Record(endpoint, org, colleague), await Body(endpoint, org, user)),
            ReachOfColleagues(function, reach));
        Check(
            endpoint, await RouteCalls.Call(user, endpoint, await Record(endpoint, other, other.Owner), await Body(endpoint, org, user)),
            reach == Reach.None ? 403 : 404);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Lists_show_what_the_table_says(string function, string caller)
    {
        var endpoint = ClientEndpoints(services.App.Described).Single(endpoint => RouteCalls.Name(endpoint) == function);
        if (caller == "anonymous" || !endpoint.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods.Contains("GET")
            || endpoint.Metadata.GetMetadata<AllowAttribute>() is not { } allow)
            return;
        var reach = Table.Of(allow.Permission).Of(Enum.Parse<Role>(caller, ignoreCase: true));
        if (reach == Reach.None)
            return;

        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();
        var user = caller switch { "owner" => org.Owner, "manager" => org.Manager, _ => org.Staff };
        var colleague = caller switch { "owner" => org.Manager, "manager" => org.Owner, _ => org.OtherStaff };
        var hidden = new HashSet<Guid> { other.Owner.Id, other.Manager.Id, other.Staff.Id };
        foreach (var (prefix, make) in Records)
        {
            await make(org, user);
            hidden.UnionWith(await make(other, other.Owner));
            var colleagues = await make(org, colleague);
            // Pipelines are everybody's, also where what is in them is not.
            if (reach == Reach.Own && prefix != "/pipelines/{id:guid}")
                hidden.UnionWith(colleagues);
        }

        var reply = (await RouteCalls.Call(user, endpoint, await Record(endpoint, org, user), await Body(endpoint, org, user))).Expect(200);
        if (reply.Body.Length == 0 || reply.Body[0] != '{')
            return;
        var shown = RouteCalls.Ids(reply.Json).ToHashSet();
        Assert.True(!shown.Overlaps(hidden), $"{reply.Request} shows the {caller} what is not theirs: {reply.Body}");
        if (!HasIds(endpoint) && !WithoutIds.Contains(function, StringComparer.Ordinal))
            Assert.True(shown.Count > 0, $"{reply.Request} shows nothing: say in {nameof(Records)} how such a record is made. {reply.Body}");
    }

    // What somebody wrote is theirs alone, whatever else they may do with the contact.
    private static int ReachOfColleagues(string function, Reach reach) =>
        reach == Reach.All && function is not ("DeleteTimelineEntry" or "MarkNotification") ? 200 : 403;

    private static void Check(RouteEndpoint endpoint, TestReply reply, int expected)
    {
        var fits = expected == 200 ? reply.Status is 200 or 201 or 202 : reply.Status == expected;
        Assert.True(
            fits, $"{RouteCalls.Name(endpoint)}, {reply.Request}: expected {(expected == 200 ? "success" : expected)}, got {reply.Status} {reply.Body}");
    }

    private static IEnumerable<RouteEndpoint> ClientEndpoints(IEnumerable<Endpoint> endpoints) =>
        endpoints.OfType<RouteEndpoint>();

    private static bool HasIds(RouteEndpoint endpoint) =>
        endpoint.RoutePattern.Parameters.Any(parameter => !ByToken.Contains(parameter.Name, StringComparer.Ordinal) && !parameter.IsCatchAll);

    internal static async Task<Guid[]> Record(RouteEndpoint endpoint, TestOrganization org, TestUser user)
    {
        if (!HasIds(endpoint))
            return [];
        if (RouteCalls.Name(endpoint) == "CancelMessage")
            return [(await user.WriteMail(await org.AddCorrespondent(user), isWaiting: true)).GetProperty("message").GetProperty("id").GetGuid()];
        var pattern = "/" + endpoint.RoutePattern.RawText!.Trim('/');
        foreach (var (prefix, make) in Records)
        {
            if (pattern.StartsWith(prefix, StringComparison.Ordinal))
            {
                var ids = await make(org, user);
                await CampaignStatus.Prepare(org.App, RouteCalls.Name(endpoint), ids[0]);
                return ids;
            }
        }

        Assert.Fail(
                $"{pattern} has an id of a kind these tests cannot make: add its prefix and how a user gets such a record"
                    + $" to {nameof(PermissionMatrixTests)}.{nameof(Records)}.");
        return [];
    }

    internal static async Task<string?> Body(RouteEndpoint endpoint, TestOrganization org, TestUser user) =>
        Bodies.TryGetValue(RouteCalls.Name(endpoint), out var make)
            ? JsonSerializer.Serialize(await make(org, user), JsonSerializerOptions.Web)
            : RouteCalls.Example(endpoint)?.ToJsonString();

    private static async Task<Guid[]> Deal(TestOrganization org, TestUser user) =>
        [Id(await user.Post("/deals", new { title = "Desks", contactId = await org.AddContact(user) }))];

    private static async Task<Guid> Stage(TestOrganization org) =>
        (await org.Owner.Get("/pipelines")).Expect(200).Data.GetProperty("pipelines")[0].GetProperty("stages")[1].GetProperty("id").GetGuid();

    private static async Task<Guid> Campaign(TestUser user, Guid contact) => Id(await user.Post(
        "/campaigns", new { name = "Spring", type = "email", subject = "Hello", content = "Hello {{first_name}}", contactIds = new[] { contact } }));

    private static Guid Id(TestReply reply) => reply.Expect(201).Data.GetProperty("id").GetGuid();
}
