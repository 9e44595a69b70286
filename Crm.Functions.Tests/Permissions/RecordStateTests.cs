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
    /// <summary>Whose a record is for the caller.</summary>
    private enum Whose
    {
        Own,
        Colleagues,

        /// <summary>A colleague's words: nobody else may touch them, whatever else they may do.</summary>
        SomebodysWords,
        OtherOrganizations,
        Nobodys,
    }

    /// <summary>A state, and whose a record is in it; the first row that fits a kind decides.</summary>
    private static readonly (State State, Kind[] Kinds, Whose Whose)[] States =
    [
        (State.Own, [Kind.Contact, Kind.Entry, Kind.Deal, Kind.Task, Kind.Import, Kind.Invitation, Kind.Product, Kind.Pipeline], Whose.Own),
        (State.Colleagues, [Kind.Entry], Whose.SomebodysWords),
        (State.Colleagues, [Kind.Contact, Kind.Deal, Kind.Task, Kind.Import, Kind.Invitation, Kind.Member], Whose.Colleagues),
        (State.OtherOrganizations, Enum.GetValues<Kind>(), Whose.OtherOrganizations),
        // Inactive, but readable and restored with a PATCH.
        (State.Deleted, [Kind.Contact], Whose.Own),
        (State.Deleted, [Kind.Entry, Kind.Deal, Kind.Task, Kind.Product, Kind.Pipeline, Kind.Invitation], Whose.Nobodys),
        (State.HandedOver, [Kind.Contact, Kind.Entry, Kind.Deal, Kind.Task], Whose.Colleagues),
        (State.Left, [Kind.Contact, Kind.Entry, Kind.Deal, Kind.Task], Whose.Colleagues),
        // Who started it is who may see it.
        (State.Left, [Kind.Import], Whose.Own),
        (State.Received, [Kind.Entry], Whose.SomebodysWords),
        (State.Received, [Kind.Contact, Kind.Deal, Kind.Task], Whose.Own),
        (State.Inherited, [Kind.Entry], Whose.SomebodysWords),
        (State.Inherited, [Kind.Import], Whose.Colleagues),
        (State.Inherited, [Kind.Contact, Kind.Deal, Kind.Task], Whose.Own),
        (State.Inherited, [Kind.Member], Whose.Colleagues),
        (State.OwnerDeactivated, [Kind.Entry], Whose.SomebodysWords),
        (State.OwnerDeactivated, [Kind.Contact, Kind.Deal, Kind.Task, Kind.Import, Kind.Member], Whose.Colleagues),
        (State.OwnerRemoved, [Kind.Entry], Whose.SomebodysWords),
        (State.OwnerRemoved, [Kind.Contact, Kind.Deal, Kind.Task, Kind.Import, Kind.Member], Whose.Colleagues),
        (State.MergedIntoOwn, [Kind.Contact, Kind.Entry, Kind.Deal, Kind.Task], Whose.Own),
        (State.MergedIntoColleagues, [Kind.Contact, Kind.Entry], Whose.Colleagues),
        (State.MergedIntoColleagues, [Kind.Deal, Kind.Task], Whose.Own),
        (State.MergedTwiceIntoOwn, [Kind.Contact, Kind.Entry, Kind.Deal, Kind.Task], Whose.Own),
        (State.MergedTwiceIntoColleagues, [Kind.Contact, Kind.Entry], Whose.Colleagues),
        (State.MergedTwiceIntoColleagues, [Kind.Deal, Kind.Task], Whose.Own),
        (State.ColleaguesMergedIntoOwn, [Kind.Entry], Whose.SomebodysWords),
        (State.ColleaguesMergedIntoOwn, [Kind.Contact], Whose.Own),
        (State.ColleaguesMergedIntoOwn, [Kind.Deal, Kind.Task], Whose.Colleagues),
    ];

    /// <summary>What an id is the id of, by the segment before it; and the one route that takes two kinds.</summary>
    private static readonly Dictionary<string, Kind[]> Kinds = new(StringComparer.Ordinal)
    {
        ["contacts"] = [Kind.Contact],
        ["timeline"] = [Kind.Entry],
        ["import"] = [Kind.Import],
        ["deals"] = [Kind.Deal],
        ["tasks"] = [Kind.Task],
        ["products"] = [Kind.Product],
        ["team"] = [Kind.Member],
        ["invitations"] = [Kind.Invitation],
        ["pipelines"] = [Kind.Pipeline],
        ["MoveDealInPipeline"] = [Kind.Pipeline, Kind.Deal],
    };

    /// <summary>Answers of the contract that do not follow from whose the record is.</summary>
    private static readonly Dictionary<(string Function, State State), int> Exceptions = new()
    {
        // Taking an invitation back twice is fine.
        [("RevokeInvitation", State.Deleted)] = 200,
        [("GetHandOver", State.Colleagues)] = 404,
        [("GetHandOver", State.OwnerDeactivated)] = 404,
        [("GetHandOver", State.OwnerRemoved)] = 404,
    };

    public static TheoryData<Kind, string> Cases()
    {
        using var app = CrmApp.Build([]);
        var kinds = app.Services.GetRequiredService<FunctionEndpoints>().Endpoints.OfType<RouteEndpoint>().SelectMany(KindsOf).Distinct().Order();
        return [.. from kind in kinds from role in new[] { "owner", "manager", "staff" } select (kind, role)];
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Each_route_answers_as_whose_the_record_is_by_now(Kind kind, string role)
    {
        var world = await RecordWorld.Create(services.App, role);
        var digest = await TableDigest.Create(services.App);
        var routes = services.App.Described.OfType<RouteEndpoint>().Where(endpoint => KindsOf(endpoint).Contains(kind)).OrderBy(endpoint => RouteCalls.Method(endpoint) != HttpMethod.Get).ToArray();
        var states = States.Where(row => row.Kinds.Contains(kind)).DistinctBy(row => row.State).ToArray();
        Assert.True(routes.Length > 0 && states.Length > 1, $"Say in {nameof(States)} in which states a {kind} can be.");
        foreach (var (state, _, whose) in states)
        {
            Made? made = null;
            var before = "";
            var deal = kind == Kind.Pipeline ? (await world.Make(Kind.Deal, State.Own)).Ids[0] : default;
            foreach (var route in routes)
            {
                if (made is null)
                {
                    made = await world.Make(kind, state);
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
        Assert.False(reply.Body.Contains("Record ", StringComparison.Ordinal) || RouteCalls.Ids(reply.Json).Contains(made.StandsFor), $"a refusal tells: {what}");
    }

    private static void Stands(TestReply reply, Made made, string what)
    {
        var ids = Named(reply.Json, "id").Concat(Named(reply.Json, "contactId")).ToHashSet();
        Assert.True(ids.Contains(made.StandsFor) && (made.StandsFor == made.Ids[0] || !ids.Contains(made.Ids[0])), $"not the one that stays: {what}");
    }

    private static IEnumerable<Guid> Named(JsonElement json, string name) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().SelectMany(property => property.Name == name && property.Value.ValueKind == JsonValueKind.String ? [property.Value.GetGuid()] : Named(property.Value, name)),
        JsonValueKind.Array => json.EnumerateArray().SelectMany(item => Named(item, name)),
        _ => [],
    };

    private static int Expected(RouteEndpoint route, State state, Whose whose, string role)
    {
        var reach = Table.Of(route.Metadata.GetRequiredMetadata<AllowAttribute>().Permission).Of(Enum.Parse<Role>(role, ignoreCase: true));
        if (reach == Reach.None)
            return 403;
        if (Exceptions.TryGetValue((RouteCalls.Name(route), state), out var status))
            return status;
        return whose switch
        {
            Whose.OtherOrganizations or Whose.Nobodys => 404,
            Whose.SomebodysWords => 403,
            Whose.Colleagues when reach == Reach.Own => 403,
            _ => 200,
        };
    }

    private static IEnumerable<Kind> KindsOf(RouteEndpoint endpoint)
    {
        if (endpoint.RoutePattern.Parameters is not [.., { IsCatchAll: false, Name: not "token" } parameter])
            return [];
        var segments = RouteCalls.Pattern(endpoint).Split('/');
        var before = segments[Array.FindLastIndex(segments, segment => segment.StartsWith('{')) - 1];
        Assert.True(
            Kinds.TryGetValue(RouteCalls.Name(endpoint), out var kinds) || Kinds.TryGetValue(before, out kinds),
            $"{RouteCalls.Pattern(endpoint)}: add what {parameter.Name} is the id of to {nameof(Kinds)} of {nameof(RecordStateTests)}, and how one is made to {nameof(RecordWorld)}.");
        return kinds;
    }

    // The example, which names nothing that others have already; a move goes to a stage of the pipeline in question.
    private static async Task<string?> Body(RouteEndpoint route, TestOrganization org, Guid id, Guid deal)
    {
        if (RouteCalls.Example(route) is not { } body)
            return null;
        body.Remove("sku");
        if (RouteCalls.Name(route) is not ("MoveDeal" or "MoveDealInPipeline"))
            return body.ToJsonString();
        const string StageSql = "select id from stages where pipeline_id = $2 or organization_id = $1 order by pipeline_id = $2 desc, id limit 1";
        body = new() { ["stageId"] = await org.App.Scalar<Guid>(StageSql, org.Id, id) };
        if (deal != default)
            body["dealId"] = deal;
        return body.ToJsonString();
    }
}
