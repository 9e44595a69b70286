using System.Globalization;
using System.Text.Json.Nodes;
using Crm.Functions.Tests.Fixture;
using Crm.Shared;

namespace Crm.Functions.Tests.Reports;

/// <summary>Whatever an organisation's records are and whatever happened to them, its reports say what a count by hand says.</summary>
public sealed class ReportPropertyTests(TestServices services)
{
    [Theory]
    [InlineData("UTC", 1)]
    [InlineData("America/New_York", 2)]
    [InlineData("Asia/Kathmandu", 3)]
    [InlineData("Pacific/Auckland", 4)]
    public async Task Reports_say_what_a_count_by_hand_says(string zone, int seed)
    {
        var world = await ReportWorld.Create(services.App, zone, seed);
        await Compare(world);
        await world.Stir();
        await Compare(world);
        await ReportCounts.Check(world.Org);
        await services.App.RunTimer("FoldReportCounts");
        // What a queue did meanwhile is left for the next time.
        Assert.InRange(await services.App.Scalar<long>(ReportCounts.Unfolded, world.Org.Id), 0, 20);
        await Compare(world);
        await ReportCounts.Check(world.Org);
    }

    [Fact]
    public async Task What_is_kept_is_what_a_count_gives_whatever_was_done_at_once()
    {
        var org = await services.App.NewOrganization();
        var random = new Random(5);
        var contacts = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => org.AddContact(i % 2 == 0 ? org.Staff : org.Owner)));
        for (var round = 0; round < 8; round++)
        {
            var deeds = Enumerable.Range(0, 10).Select(_ => Act(org, contacts[random.Next(12)], contacts[random.Next(12)], random.Next(6))).ToArray();
            if (round % 3 == 0)
                await Task.WhenAll(services.App.RunTimer("FoldReportCounts"), services.App.RunTimer("FoldReportCounts"));
            Assert.All(await Task.WhenAll(deeds), reply => Assert.True(reply.Status < 500, $"{reply.Request} {reply.Body}"));
        }

        await ReportCounts.Check(org);
    }

    private static Task<TestReply> Act(TestOrganization org, Guid contact, Guid other, int deed) => deed switch
    {
        0 => org.Owner.Patch($"/contacts/{contact}", new { source = $"fair {other.ToString()[^1]}", company = "Northwind" }),
        1 => org.Owner.Delete($"/contacts/{contact}"),
        2 => org.Owner.Patch($"/contacts/{contact}", new { status = "lead" }),
        3 => org.Owner.Post("/contacts/merge", new { primaryId = contact, duplicateIds = new[] { other } }),
        4 => org.Staff.Post($"/contacts/{contact}/timeline", new { type = "note", description = "x", occurredAt = "2026-01-02T03:04:05Z" }),
        _ => org.Staff.Post("/contacts", new { name = "New", source = "website" }),
    };

    private static async Task Compare(ReportWorld world)
    {
        var today = LocalDay.At(world.Org.App.Clock.GetUtcNow(), world.Zone).Date;
        string Day(int ago) => today.AddDays(-ago).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        (string Query, DateOnly From, DateOnly To, string Unit)[] periods =
        [
            ("period=7d", today.AddDays(-6), today, "day"),
            ("", today.AddDays(-29), today, "day"),
            ("period=90d", today.AddDays(-89), today, "week"),
            ("period=1y", today.AddYears(-1), today, "month"),
            ($"from={Day(200)}&to={Day(100)}", today.AddDays(-200), today.AddDays(-100), "week"),
        ];
        foreach (var caller in new[] { world.Org.Owner, world.Org.Staff })
        {
            var rows = await ReportRows.Of(world.Org, caller);
            foreach (var (query, from, to, unit) in periods)
            {
                var byHand = new ReportByHand(rows, world.Zone, from, to, unit, today);
                foreach (var (report, expected) in new[]
                {
                    ("overview", byHand.Overview()), ("sales", byHand.Sales()), ("marketing", byHand.Marketing()), ("customers", byHand.Customers()),
                })
                {
                    var path = $"/reports/{report}?{query}";
                    var actual = (await caller.Get(path)).Expect(200).Data;
                    Assert.Equal(
                        string.Join('\n', Lines($"{caller.Role} {path}", expected)),
                        string.Join('\n', Lines($"{caller.Role} {path}", JsonNode.Parse(actual.GetRawText()))));
                }
            }
        }
    }

    // A line a value, numbers by their worth and not by their zeros; a field that is left out is one that is null.
    private static IEnumerable<string> Lines(string path, JsonNode? node) => node switch
    {
        JsonObject fields => fields.OrderBy(field => field.Key, StringComparer.Ordinal).SelectMany(field => Lines($"{path}.{field.Key}", field.Value)),
        JsonArray items => items.SelectMany((item, at) => Lines($"{path}[{at}]", item)),
        null => [],
        JsonValue value when value.GetValueKind() == System.Text.Json.JsonValueKind.Number =>
            [$"{path} {decimal.Parse(value.ToJsonString(), CultureInfo.InvariantCulture) / 1.000000000000000m:G29}"],
        _ => [$"{path} {node}"],
    };
}
