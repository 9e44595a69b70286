using System.Text.Json.Nodes;
using Crm.Functions.Auth;
using Crm.Functions.Hosting;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Inbox;
using Crm.Functions.Tests.Invoices;
using Table = Crm.Functions.Auth.Permissions;

namespace Crm.Functions.Tests.Permissions;

/// <summary>
/// Every id in a body, a query or a form, for every role, of a record in every state: who may not name the record is refused, and nothing is written; one
/// that was merged away means the one that stays; another organisation's shows nothing. The ids are found from the app's own endpoints.
/// </summary>
public sealed class NestedIdTests(TestServices services)
{
    /// <summary>What does not follow from whose the record is; the name in a function goes first.</summary>
    private static readonly Dictionary<string, int> Exceptions = new(StringComparer.Ordinal)
    {
        // Only compared with where the deal is.
        ["expectedStageId"] = 409,
        // Ids of new stages mean nothing.
        ["CreatePipeline.stages[].id"] = 200,
        // Only its own stages are a pipeline's.
        ["UpdatePipeline.stages[].id"] = 404,
        ["UpdatePipeline.moveTo"] = 400,
        ["UpdatePipeline.moveToByStage{}"] = 400,
        // Each id has an outcome of its own.
        ["ChangeContacts.ids[]"] = 200,
        ["CreateCampaign.contactIds[]"] = 200,
        ["AddRecipients.contactIds[]"] = 200,
    };

    /// <summary>A stage and a pipeline that do not belong together.</summary>
    private static readonly string[] Mismatched =
    [
        "MoveDeal.stageId", "MoveDeal.toStageId", "MoveDeal.newStageId", "MoveDeal.pipelineId", "MoveDealInPipeline.stageId", "MoveDealInPipeline.toStageId",
        "MoveDealInPipeline.newStageId", "UpdateDeal.stageId", "ListDeals.stageId",
    ];

    /// <summary>Functions after which the record named is another one's, or gone.</summary>
    private static readonly string[] Consuming = ["MergeContacts", "ChangeContacts", "DeletePipeline"];

    public static TheoryData<string, Role> Cases()
    {
        using var app = CrmApp.Build([]);
        var all = app.Services.GetRequiredService<FunctionEndpoints>().Endpoints.OfType<RouteEndpoint>();
        var endpoints = all.Where(endpoint => NestedId.Of(endpoint).Any()).ToArray();
        Assert.True(endpoints.Length > 10, "The ids were not found.");
        // Roles that reach equally far may name the same records.
        return
        [
            .. from endpoint in endpoints
               from role in Enum.GetValues<Role>().DistinctBy(role => ReachOf(endpoint, role))
               select (RouteCalls.Name(endpoint), role),
        ];
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Each_id_in_a_request_means_what_the_caller_may_name(string function, Role role)
    {
        var world = await RecordWorld.Create(services.App, role.ToString().ToLowerInvariant());
        var digest = await TableDigest.Create(services.App);
        var endpoint = services.App.Described.OfType<RouteEndpoint>().Single(endpoint => RouteCalls.Name(endpoint) == function);
        var reach = ReachOf(endpoint, role);
        var records = new Dictionary<(Kind, State), Made>();
        foreach (var id in NestedId.Of(endpoint))
        {
            (Guid[] Ids, JsonObject? Body)? request = null;
            // The caller of a record one left behind is another one than that of the rest of the request.
            foreach (var (state, whose) in Standing.Of(id.Kind).Where(row => row.State != State.Left).Take(reach == Reach.None ? 1 : int.MaxValue))
            {
                if (!records.TryGetValue((id.Kind, state), out var made))
                    records[(id.Kind, state)] = made = await world.Make(id.Kind, state);
                var (ids, body) = request ??= await Request(endpoint, id, world, reach);
                var isSearch = id is { IsFilter: true, Kind: Kind.Contact, Function: not ("ExportData" or "IssueExportTicket") }
                    && whose == Whose.Own && state != State.Deleted;
                if (isSearch)
                    await AddWork(world.Caller, made.StandsFor);
                var before = await digest.Of(world);
                var reply = await Send(world.Caller, endpoint, id, ids, body, made.Ids[0]);

                var what = $"{role}, {id}, {id.Kind} {state}: {reply.Request} {body?.ToJsonString()} {reply.Status} {reply.Body}";
                var expected = Expected(id, state, whose, reach);
                Assert.True(expected.Contains(reply.Status is 201 or 202 ? 200 : reply.Status), $"expected {string.Join(" or ", expected)}: {what}");
                Assert.False(reply.Body.Contains(RecordWorld.Foreign, StringComparison.Ordinal)
                    || made.Ids[0] != world.Other.Owner.Id && reply.Body.Contains($"{world.Other.Owner.Id}", StringComparison.Ordinal), what);
                if (reply.Status >= 400)
                {
                    var after = await digest.Of(world);
                    Assert.True(before == after, $"a refusal wrote {TableDigest.Difference(before, after)}: {what}");
                    Assert.False(reply.Body.Contains("Record ", StringComparison.Ordinal), $"a refusal tells: {what}");
                    continue;
                }

                request = id.IsFilter ? request : null;
                Assert.True(!isSearch || reply.Body.Contains($"\"contactId\":\"{made.StandsFor}\"", StringComparison.Ordinal),
                    $"does not find what the id stands for: {what}");
                if (made.StandsFor != made.Ids[0])
                    Assert.False(reply.Body.Contains($"\"contactId\":\"{made.Ids[0]}\"", StringComparison.Ordinal)
                        || reply.Body.Contains($"\"id\":\"{made.Ids[0]}\"", StringComparison.Ordinal), $"not the one that stays: {what}");
                if (reach == Reach.Own && whose == Whose.Colleagues && id.Kind != Kind.Template)
                    Assert.False(reply.Body.Contains($"\"id\":\"{made.StandsFor}\"", StringComparison.Ordinal), $"shows a colleague's: {what}");
                if (Consuming.Contains(function, StringComparer.Ordinal))
                    records.Clear();
            }
        }
    }

    /// <summary>Functions whose records everybody may read, but not with everybody's contacts.</summary>
    private static readonly Dictionary<string, Permission> Named = new(StringComparer.Ordinal) { ["PreviewTemplate"] = Permission.ReadContacts };

    private static Reach ReachOf(RouteEndpoint endpoint, Role role) => Table.Of(
        Named.TryGetValue(RouteCalls.Name(endpoint), out var permission)
            ? permission
            : endpoint.Metadata.GetRequiredMetadata<AllowAttribute>().Permission).Of(role);

    private static async Task AddWork(TestUser user, Guid contact)
    {
        (await user.Post("/deals", new { title = "Desks", contactId = contact })).Expect(201);
        (await user.Post("/tasks", new { title = "Call", contactId = contact })).Expect(201);
        await user.WriteMail(contact);
        await Billing.AddInvoice(user, contact);
    }

    private static int[] Expected(NestedId id, State state, Whose whose, Reach reach)
    {
        if (reach == Reach.None)
            return [403];
        var isUser = id.Kind == Kind.Member;
        if (whose == Whose.Own && Mismatched.Contains($"{id.Function}.{id.Field}", StringComparer.Ordinal))
            return [400];
        // Conversations of one's own contacts may be a colleague's work.
        if (id is { Function: "ListConversations", Field: "assigneeId" })
            return [200];
        if (id.IsFilter)
            return isUser && reach == Reach.Own && state != State.Own ? [403] : whose is Whose.Own or Whose.Colleagues ? [200] : [200, 400, 404];
        if (Exceptions.TryGetValue($"{id.Function}.{id.Field}", out var status) || Exceptions.TryGetValue(id.Field, out status))
            return [status];
        return whose switch
        {
            _ when isUser && reach == Reach.Own && state != State.Own => [403],
            Whose.OtherOrganizations or Whose.Nobodys => [404],
            Whose.Colleagues when isUser && state is not State.Colleagues => [400],
            // Everybody's to send.
            Whose.Colleagues when id.Kind == Kind.Template => [200],
            Whose.Colleagues when reach == Reach.Own => [403],
            Whose.Own when id.Kind == Kind.Template && state == State.Deleted => [400, 404],
            Whose.Own when state == State.Deleted => [200, 400],
            _ => [200],
        };
    }

    private static Task<TestReply> Send(TestUser caller, RouteEndpoint endpoint, NestedId id, Guid[] ids, JsonObject? body, Guid value) => id.In switch
    {
        NestedId.Place.Body => RouteCalls.Call(caller, endpoint, ids, id.Over(body!, value).ToJsonString()),
        NestedId.Place.Query => RouteCalls.Call(caller, endpoint, ids, body?.ToJsonString(), $"?{id.Field}={value}"),
        _ => RouteCalls.Call(caller, endpoint, ids, null, "", (id.Field, $"{value}")),
    };

    /// <summary>The rest of a valid request: the record it is about, which is the caller's own, and its body.</summary>
    private static async Task<(Guid[] Ids, JsonObject? Body)> Request(RouteEndpoint endpoint, NestedId id, RecordWorld world, Reach reach)
    {
        async Task<Guid> Own(Kind kind) => (await world.Make(kind, State.Own)).Ids[0];
        var app = world.Org.App;
        var stage = await app.Scalar<Guid>("select id from stages where organization_id = $1 order by id offset 1 limit 1", world.Org.Id);
        Guid[] ids = id.Function switch
        {
            "MoveDealInPipeline" => [await app.Scalar<Guid>("select pipeline_id from stages where id = $1", stage)],
            "RemoveTeamMember" => [(await world.Org.AddUser("staff")).Id],
            _ => Standing.KindsOf(endpoint).ToArray() is [var kind, ..] ? [await Own(kind)] : [],
        };
        JsonObject? body = id.Function switch
        {
            "CreateDeal" => new() { ["title"] = "Desks", ["contactId"] = await Own(Kind.Contact) },
            "UpdateDeal" => new() { ["title"] = "Desks" },
            "CreateInvoice" => new()
            {
                ["contactId"] = await Own(Kind.Contact),
                ["items"] = new JsonArray(new JsonObject { ["description"] = "Desk", ["unitPrice"] = 1 }),
            },
            "CreateTask" => new() { ["title"] = "Call" },
            "WriteMessage" =>
                new() { ["contactId"] = await world.Org.AddCorrespondent(world.Caller), ["type"] = "email", ["subject"] = "x", ["content"] = "x" },
            "AssignConversation" => [],
            "MoveDeal" => new() { ["stageId"] = stage },
            "MoveDealInPipeline" => new() { ["dealId"] = await Own(Kind.Deal), ["stageId"] = stage },
            "MergeContacts" => new() { ["primaryId"] = await Own(Kind.Contact), ["duplicateIds"] = new JsonArray(await Own(Kind.Contact)) },
            "ChangeContacts" => new() { ["action"] = "tag", ["values"] = new JsonObject { ["tags"] = new JsonArray("x") } },
            "CreateCampaign" => new() { ["name"] = "Spring", ["type"] = "email", ["subject"] = "Hello" },
            "UpdateCampaign" => new() { ["name"] = "Autumn" },
            "TestCampaign" => [],
            "IssueExportTicket" => new() { ["type"] = "deals" },
            "AddRecipients" => [],
            _ => RouteCalls.Example(endpoint),
        };
        if (id.Field is "toStageId" or "newStageId")
            body!.Remove("stageId");
        if (id is { Function: "ChangeContacts", Field: "values.ownerId" })
            (body!["action"], body["ids"]) = ("assign", new JsonArray(await Own(Kind.Contact)));
        if (id.Kind == Kind.Stage && id.Function is "UpdatePipeline" or "DeletePipeline" && reach != Reach.None)
        {
            var stages = (await world.Org.Owner.Get($"/pipelines/{ids[0]}")).Expect(200).Data.GetProperty("stages")
                .EnumerateArray().Select(stage => stage.GetProperty("id").GetGuid()).ToArray();
            (await world.Org.Owner.Post("/deals", new { title = "Chairs", contactId = await Own(Kind.Contact), stageId = stages[0] })).Expect(201);
            body = id.Function == "DeletePipeline" ? null : new()
            {
                ["stages"] = new JsonArray([.. stages.Skip(id.Field == "stages[].id" ? 0 : 1).Select(stage => (JsonNode)new JsonObject { ["id"] = stage })]),
            };
            if (id.Field == "moveToByStage{}")
                body!["moveToByStage"] = new JsonObject { [$"{stages[0]}"] = stages[1] };
        }

        return (ids, body);
    }
}
