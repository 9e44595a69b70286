using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Invoices;
using Crm.Shared;

namespace Crm.Functions.Tests.Reports;

public sealed class ReportTests(TestServices services)
{
    private static readonly string[] Reports = ["overview", "sales", "marketing", "customers"];

    private readonly TestApp _app = services.App;

    [Theory]
    [InlineData("period=7d", 7, "day")]
    [InlineData("period=30D", 30, "day")]
    [InlineData("", 30, "day")]
    [InlineData("period=90d", 0, "week")]
    [InlineData("period=1y", 13, "month")]
    [InlineData("from=2025-03-05&to=2025-03-05", 1, "day")]
    [InlineData("from=2025-01-31&to=2025-12-01", 12, "month")]
    public async Task A_series_has_a_point_for_each_day_week_or_month_where_nothing_happened_too(string query, int points, string granularity)
    {
        var org = await _app.NewOrganization("Asia/Kathmandu");

        var data = (await org.Staff.Get($"/reports/overview?{query}")).Expect(200).Data;

        var (period, days) = (data.GetProperty("period"), data.GetProperty("charts").GetProperty("contacts").EnumerateArray().ToArray());
        Assert.Equal((granularity, "Asia/Kathmandu"), (period.Text("granularity"), period.Text("timezone")));
        Assert.Equal(period.Text("from"), days[0].Text("date"));
        Assert.All(days, day => Assert.Equal(0, day.Number("count")));
        if (points > 0)
            Assert.Equal(points, days.Length);
        foreach (var chart in new[] { "deals", "revenue", "activities" })
            Assert.Equal(days.Select(day => day.Text("date")), data.GetProperty("charts").GetProperty(chart).EnumerateArray().Select(day => day.Text("date")));
    }

    [Theory]
    [InlineData("period=2w", "period")]
    [InlineData("from=2026-01-02&to=2026-01-01", "from")]
    [InlineData("from=2010-01-01&to=2026-01-01", "from")]
    [InlineData("from=1999-12-31&to=2000-01-01", "from")]
    public async Task What_is_no_period_is_refused(string query, string field)
    {
        var org = await _app.NewOrganization();
        foreach (var report in Reports)
        {
            var reply = (await org.Owner.Get($"/reports/{report}?{query}")).Expect(400, "INVALID_PERIOD");
            Assert.Equal([field], reply.Fields);
        }
    }

    [Fact]
    public async Task A_day_is_one_of_the_organisations_own()
    {
        var org = await _app.NewOrganization("America/New_York");
        var today = LocalDay.At(_app.Clock.GetUtcNow(), TimeZoneInfo.FindSystemTimeZoneById("America/New_York"));
        foreach (var at in new[] { today.Start, today.Start.AddSeconds(-1), today.Start.AddDays(-3) })
            await _app.Sql("update contacts set created_at = $2 where id = $1", await org.AddContact(org.Owner), at);

        var contacts = (await org.Owner.Get("/reports/overview?period=7d")).Expect(200).Data.GetProperty("charts").GetProperty("contacts");

        Assert.Equal([0, 0, 0, 1, 0, 1, 1], contacts.EnumerateArray().Select(day => day.Number("count")));
    }

    [Fact]
    public async Task Another_time_zone_counts_everything_anew()
    {
        var org = await _app.NewOrganization();
        var zone = TimeZoneInfo.FindSystemTimeZoneById("Pacific/Auckland");
        var there = LocalDay.At(_app.Clock.GetUtcNow().AddDays(-2), zone);
        await _app.Sql("update contacts set created_at = $2 where id = $1", await org.AddContact(org.Owner), there.Start);
        (await org.Owner.Patch("/settings/organization", new { timezone = "Pacific/Auckland" })).Expect(200);

        var contacts = (await org.Owner.Get("/reports/overview?period=7d")).Expect(200).Data.GetProperty("charts").GetProperty("contacts");

        Assert.Equal(1, contacts.EnumerateArray().Single(day => day.Text("date") == there.Date.ToString("yyyy-MM-dd")).Number("count"));
    }

    [Fact]
    public async Task Money_of_unlike_currencies_is_never_added()
    {
        var org = await _app.NewOrganization();
        var contact = await org.AddContact(org.Owner, email: $"{Guid.NewGuid():N}@reports.test");
        await Billing.AddPayment(org.Owner, await Billing.AddInvoice(org.Owner, contact, 500, isSent: true), 100.50m);
        await Billing.AddPayment(org.Owner, await Billing.AddInvoice(org.Owner, contact, 500, isSent: true, more: new { currency = "EUR" }), 70);

        var revenue = (await org.Owner.Get("/reports/overview")).Expect(200).Data.GetProperty("kpis").GetProperty("revenue");

        Assert.Equal((100.50m, "USD", true), (revenue.Money("total"), revenue.Text("currency"), revenue.IsNull("changePct")));
        Assert.Equal(
            [("EUR", 70m), ("USD", 100.50m)],
            revenue.GetProperty("byCurrency").EnumerateArray().Select(one => (one.Text("currency"), one.Money("amount"))));
        var best = (await org.Owner.Get("/reports/customers")).Expect(200).Data.GetProperty("topCustomers")[0];
        Assert.Equal((contact, 100.50m), (best.Id("contactId"), best.Money("totalPaid")));
    }

    [Fact]
    public async Task Sales_may_be_those_of_one_pipeline()
    {
        var org = await _app.NewOrganization();
        var other = await _app.NewOrganization();
        var sales = await Sales.Of(org);
        await sales.AddDeal(org.Staff, value: 100, stage: "Won");
        await sales.AddDeal(org.Staff, value: 30, stage: "Proposal");
        var second = (await org.Owner.Post("/pipelines", new
        {
            name = "Second",
            stages = new[] { new { name = "In", type = "open" }, new { name = "Yes", type = "won" }, new { name = "No", type = "lost" } },
        })).Expect(201).Data;

        var all = (await org.Owner.Get("/reports/sales")).Expect(200).Data;
        var first = (await org.Owner.Get($"/reports/sales?pipelineId={sales.PipelineId}")).Expect(200).Data;
        var none = (await org.Owner.Get($"/reports/sales?pipelineId={second.Id("id")}")).Expect(200).Data;

        Assert.Equal(9, all.GetProperty("dealStages").GetArrayLength());
        Assert.Equal(3, none.GetProperty("dealStages").GetArrayLength());
        Assert.Equal((1, 0), (first.GetProperty("pipelineMetrics").Number("wonCount"), none.GetProperty("pipelineMetrics").Number("wonCount")));
        Assert.Equal(
            [("Lead", 2, "100.00"), ("Qualified", 2, "100.00"), ("Proposal", 2, "100.00"), ("Negotiation", 1, "50.00")],
            first.GetProperty("pipelineMetrics").GetProperty("conversion").EnumerateArray()
                .Select(stage => (stage.Text("name"), (int)stage.Number("reached"), stage.Text("rate"))));
        (await org.Owner.Get($"/reports/sales?pipelineId={(await Sales.Of(other)).PipelineId}")).Expect(404, "PIPELINE_NOT_FOUND");
    }

    [Fact]
    public async Task An_answer_may_be_kept_for_a_minute_and_is_then_asked_for_by_its_tag()
    {
        var org = await _app.NewOrganization();
        foreach (var report in Reports)
        {
            var first = (await org.Owner.Get($"/reports/{report}")).Expect(200);
            Assert.Equal("max-age=60, private", first.Headers["Cache-Control"]);
            (await org.Owner.Get($"/reports/{report}", ("If-None-Match", first.Headers["ETag"]))).Expect(304);
        }
    }

    [Fact]
    public async Task The_page_runs_nothing_but_its_own_script()
    {
        var reply = (await _app.Anonymous.Get("/reports/preview")).Expect(200);

        Assert.StartsWith("text/html", reply.Headers["Content-Type"], StringComparison.Ordinal);
        var policy = reply.Headers["Content-Security-Policy"];
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Matches("script-src 'sha256-[A-Za-z0-9+/]{43}='", policy);
        // What the policy would not let through.
        Assert.DoesNotMatch("(?i) (style|on[a-z]+)=\"|(src|href)=", reply.Body);
        Assert.DoesNotContain("/*", reply.Body, StringComparison.Ordinal);
    }
}
