using System.Text.Json;
using Crm.Functions.Hosting;
using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Permissions;
using Microsoft.AspNetCore.Authorization;

namespace Crm.Functions.Tests.AuditLog;

public sealed class AuditLogTests(TestServices services)
{
    private readonly TestApp _app = services.App;

    /// <summary>What signed-in users may write without a word of it in the audit log, and why. Whoever adds a name here says so.</summary>
    private static readonly string[] Unaudited =
    [
        "Logout", // ends one's own session, which keeps the time
        "UseTemplate", // a counter
        "PreviewTemplate", "PreviewCampaign", // write nothing
        "MarkMessage", "MarkNotification", "ReadAllNotifications", // what one has read
        "AddTimelineEntry", // is a record itself, of who wrote it
        "TagConversation", // labels to sort by
        "UploadContactAvatar", // noise, as on the timeline
        "UploadAttachment", // waits for its message, of which the log tells
        "PayInvoice", // begins what the log tells of once it is paid
        "IssueExportTicket", // the log tells of the download
        "RetryFailedRecipients", "ReopenTask", // change nothing here, where nothing failed and no task is done
    ];

    /// <summary>Bodies that change something, where the examples only try or name records of the demo organisation.</summary>
    private static readonly Dictionary<string, Func<TestOrganization, Task<string>>> Bodies = new(StringComparer.Ordinal)
    {
        ["SendCampaign"] = _ => Task.FromResult("{}"),
        ["ErasePerson"] = _ => Task.FromResult("{}"),
        ["AddRecipients"] = async org => $$"""{"contactIds":["{{await org.AddContact(org.Owner, email: "ann@audit.test")}}"]}""",
        ["ChangeContacts"] = async org => $$"""{"ids":["{{await org.AddContact(org.Owner)}}"],"action":"delete"}""",
    };

    [Fact]
    public async Task The_log_says_who_did_what_newest_first()
    {
        var org = await _app.NewOrganization();
        var other = await _app.NewOrganization();
        var contact = await org.AddContact(org.Staff);
        (await org.Manager.Patch($"/contacts/{contact}", new { company = "Northwind" })).Expect(200);
        (await org.Manager.Delete($"/contacts/{contact}")).Expect(200);
        await other.AddContact(other.Owner);

        var events = await Log(org, $"entityId={contact}");

        Assert.Equal(["contact.deleted", "contact.updated", "contact.created"], events.Select(one => one.Text("action")));
        Assert.Equal(
            (org.Staff.Id, "Staff Tester", "contact"),
            (events[2].GetProperty("actor").Id("id"), events[2].GetProperty("actor").Text("name"), events[2].Text("entityType")));
        Assert.Equal("company", events[1].GetProperty("facts").GetProperty("fields")[0].GetString());
        Assert.Equal(2, (await Log(org, $"actorId={org.Manager.Id}")).Length);
        Assert.Equal(2, (await Log(org, "action=contact.created,Contact.Deleted")).Length);
        Assert.Equal(3, (await Log(org, "entityType=contact")).Length);
        Assert.Empty(await Log(org, $"entityId={contact}&to=2020-01-01"));
        Assert.Equal(3, (await Log(org, $"entityId={contact}&from=2020-01-01&to={_app.Clock.GetUtcNow():yyyy-MM-dd}")).Length);
        (await org.Manager.Get("/audit-log")).Expect(403, "FORBIDDEN");
    }

    [Fact]
    public async Task Pages_follow_one_another()
    {
        var org = await _app.NewOrganization();
        for (var i = 0; i < 7; i++)
            await org.AddContact(org.Owner);
        var (seen, cursor) = (new List<Guid>(), (string?)null);
        do
        {
            var page = (await org.Owner.Get($"/audit-log?action=contact.created&pageSize=3{(cursor is null ? "" : $"&cursor={cursor}")}")).Expect(200).Data;
            seen.AddRange(page.GetProperty("events").EnumerateArray().Select(one => one.Id("id")));
            cursor = page.GetProperty("nextCursor").GetString();
        }
        while (cursor is not null);

        Assert.Equal(7, seen.Count);
        Assert.Equal(seen.OrderDescending(), seen);
    }

    public static TheoryData<string> Writes()
    {
        var names = new TheoryData<string>();
        using var app = CrmApp.Build([]);
        foreach (var endpoint in app.Services.GetRequiredService<FunctionEndpoints>().Endpoints.OfType<RouteEndpoint>())
        {
            if (RouteCalls.Method(endpoint) != HttpMethod.Get && endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null
                && !Unaudited.Contains(RouteCalls.Name(endpoint), StringComparer.Ordinal))
                names.Add(RouteCalls.Name(endpoint));
        }

        return names;
    }

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task Whatever_a_user_writes_is_in_the_log_by_their_name(string function)
    {
        var endpoint = _app.Described.OfType<RouteEndpoint>().Single(endpoint => RouteCalls.Name(endpoint) == function);
        var org = await _app.NewOrganization();
        var ids = await PermissionMatrixTests.Record(endpoint, org, org.Owner);
        var body = Bodies.TryGetValue(function, out var make) ? await make(org) : await PermissionMatrixTests.Body(endpoint, org, org.Owner);
        var before = await Count();

        var reply = await RouteCalls.Call(org.Owner, endpoint, ids, body);

        Assert.True(reply.Status is 200 or 201 or 202, $"{reply.Request} {reply.Status} {reply.Body}");
        Assert.True(await Count() > before, $"{reply.Request} leaves nothing in the audit log.");

        Task<long> Count() =>
            _app.Scalar<long>("select count(*) from audit_events where organization_id = $1 and actor_id = $2", org.Id, org.Owner.Id);
    }

    private static async Task<JsonElement[]> Log(TestOrganization org, string query) =>
        [.. (await org.Owner.Get($"/audit-log?{query}")).Expect(200).Data.GetProperty("events").EnumerateArray()];
}
