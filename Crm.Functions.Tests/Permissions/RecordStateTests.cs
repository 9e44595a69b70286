using System.Text.Json;
using Crm.Functions.Auth;
using Crm.Functions.Hosting;
using Crm.Functions.Tests.Fixture;
using Table = Crm.Functions.Auth.Permissions;

namespace Crm.Functions.Tests.Permissions;

/// <summary>
/// Every route with a record's id, for every role, with a record in every state it can have: merged away, handed over, deleted, left behind. What is
/// answered follows from whose the record is in that state, and a refusal changes nothing. The routes are the app's own endpoints.
/// </summary>
public sealed class RecordStateTests(TestServices services)
{
    /// <summary>Answers of the contract that do not follow from whose the record is.</summary>
    private static readonly Dictionary<(string Function, State State), int> Exceptions = new()
    {
        // Taking an invitation back twice is fine.
        [("RevokeInvitation", State.Deleted)] = 200,
        [("GetHandOver", State.Own)] = 404,
        [("UpdateTeamMember", State.Own)] = 403,
        [("RemoveTeamMember", State.Own)] = 403,
        [("GetHandOver", State.Colleagues)] = 404,
        [("GetHandOver", State.OwnerDeactivated)] = 404,
        [("GetHandOver", State.OwnerRemoved)] = 404,
    };

    /// <summary>Where staff need the contact too, which in these states is a colleague's.</summary>
    private static readonly (string Function, State State)[] ContactIsColleagues =
    [
        ("CreateInvoiceFromDeal", State.Received), ("CreateInvoiceFromDeal", State.MergedIntoColleagues),
        ("CreateInvoiceFromDeal", State.MergedTwiceIntoColleagues),
    ];

    public static TheoryData<Kind, string> Cases()
    {
        using var app = CrmApp.Build([]);
        var kinds = app.Services.GetRequiredService<FunctionEndpoints>().Endpoints.OfType<RouteEndpoint>().SelectMany(Standing.KindsOf).Distinct().Order();
        return [.. from kind in kinds from role in new[] { "owner", "manager", "staff" } select (kind, role)];
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Each_route_answers_as_whose_the_record_is_by_now(Kind kind, string role)
    {
        var world = await RecordWorld.Create(services.App, role);
        var digest = await TableDigest.Create(services.App);
        var routes = services.App.Described.OfType<RouteEndpoint>()
            .Where(endpoint => Standing.KindsOf(endpoint).Contains(kind)).OrderBy(endpoint => RouteCalls.Method(endpoint) != HttpMethod.Get).ToArray();
        var states = Standing.Of(kind);
        Assert.True(routes.Length > 0 && states.Length > 1, $"Say in {nameof(Standing)} in which states a {kind} can be.");
        foreach (var (state, whose) in states)
        {
            Made? made = null;
            var before = "";
            var deal = kind == Kind.Pipeline ? (await world.Make(Kind.Deal, State.Own)).Ids[0] : default;
            foreach (var route in routes)
            {
                if (made is null)
                {
                    made = await world.Make(kind, state);
                    await CampaignStatus.Prepare(services.App, RouteCalls.Name(route), made.Ids[0]);
                    await CampaignStatus.Ended(services.App, world.Org.Id);
                    before = await digest.Of(world);
                }

                var expected = Expected(route, state, whose, role);
                var isWrite = RouteCalls.Method(route) != HttpMethod.Get;
                var reply = await RouteCalls.Call(made.Caller, route, made.Ids, await Body(route, world.Org, made.Ids[0], deal));
                var what = $"{role}, {kind} {state}, {RouteCalls.Name(route)}: {reply.Request} {reply.Status} {reply.Body}";
                Assert.True(expected == 200 ? reply.Status is 200 or 201 or 202 : reply.Status == expected, $"expected {expected}: {what}");
                Assert.False(reply.Body.Contains(RecordWorld.Foreign, StringComparison.Ordinal), what);
                if (expected != 200)
                    Refused(reply, made, before, await digest.Of(world), what);
                else if (kind == Kind.Contact)
                    Stands(reply, made, what);
                if (expected == 200 && isWrite)
                    made = null;
            }
        }
    }

    private static void Refused(TestReply reply, Made made, string before, string after, string what)
    {
        Assert.True(before == after, $"a refusal wrote {TableDigest.Difference(before, after)}: {what}");
        Assert.False(reply.Body.Contains("Record ", StringComparison.Ordinal) || RouteCalls.Ids(reply.Json).Contains(made.StandsFor),
            $"a refusal tells: {what}");
    }

    private static void Stands(TestReply reply, Made made, string what)
    {
        var ids = Named(reply.Json, "id").Concat(Named(reply.Json, "contactId")).ToHashSet();
        Assert.True(ids.Contains(made.StandsFor) && (made.StandsFor == made.Ids[0] || !ids.Contains(made.Ids[0])), $"not the one that stays: {what}");
    }

    private static IEnumerable<Guid> Named(JsonElement json, string name) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().SelectMany(property => property.Name == name && property.Value.ValueKind == JsonValueKind.String
            ? [property.Value.GetGuid()] : Named(property.Value, name)),
        JsonValueKind.Array => json.EnumerateArray().SelectMany(item => Named(item, name)),
        _ => [],
    };

    private static int Expected(RouteEndpoint route, State state, Whose whose, string role)
    {
        // Where signing in is enough, it is about what is one's own.
        var reach = route.Metadata.GetMetadata<AllowAttribute>() is { } allow
            ? Table.Of(allow.Permission).Of(Enum.Parse<Role>(role, ignoreCase: true))
            : Reach.Own;
        if (reach == Reach.None)
            return 403;
        if (Exceptions.TryGetValue((RouteCalls.Name(route), state), out var status))
            return status;
        if (reach == Reach.Own && ContactIsColleagues.Contains((RouteCalls.Name(route), state)))
            return 403;
        return whose switch
        {
            Whose.OtherOrganizations or Whose.Nobodys => 404,
            Whose.SomebodysWords => 403,
            Whose.Colleagues when reach == Reach.Own => 403,
            _ => 200,
        };
    }

    // The example, which names nothing that others have already; a move goes to a stage of the pipeline in question.
    private static async Task<string?> Body(RouteEndpoint route, TestOrganization org, Guid id, Guid deal)
    {
        if (RouteCalls.Example(route) is not { } body)
            return null;
        body.Remove("sku");
        body.Remove("to");
        if (RouteCalls.Name(route) is "PreviewTemplate" or "PreviewCampaign" or "TestCampaign")
            body.Remove("contactId");
        if (RouteCalls.Name(route) == "AssignConversation")
            body["assigneeId"] = null;
        if (RouteCalls.Name(route) is not ("MoveDeal" or "MoveDealInPipeline"))
            return body.ToJsonString();
        const string StageSql = "select id from stages where pipeline_id = $2 or organization_id = $1 order by pipeline_id = $2 desc, id limit 1";
        body = new() { ["stageId"] = await org.App.Scalar<Guid>(StageSql, org.Id, id) };
        if (deal != default)
            body["dealId"] = deal;
        return body.ToJsonString();
    }
}
