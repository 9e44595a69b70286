using Crm.Functions.Sending;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Sending;

namespace Crm.Functions.Tests.Suppressions;

public sealed class SuppressionTests(TestServices services)
{
    [Fact]
    public async Task Addresses_are_suppressed_in_one_spelling_and_once()
    {
        var org = await services.App.NewOrganization();
        await services.App.Sql("update organizations set country = 'US' where id = $1", org.Id);
        var reply = (await org.Manager.Post(
            "/suppressions", new { address = "Ann@Example.test", addresses = new[] { "ann@example.test", "bob@example.test" }, note = "asked" })).Expect(201);
        Assert.Equal(2, reply.Data.GetProperty("added").GetInt32());
        Assert.Equal(
            [("ann@example.test", "manual", "asked"), ("bob@example.test", "manual", "asked")],
            reply.Data.GetProperty("suppressions").EnumerateArray().Select(one => (Text(one, "address"), Text(one, "reason"), Text(one, "note"))));
        Assert.Equal(0, (await org.Owner.Post("/suppressions", new { address = "ann@example.test" })).Expect(201).Data.GetProperty("added").GetInt32());
        var sms = (await org.Owner.Post("/suppressions", new { channel = "SMS", address = "(415) 555-0132" })).Expect(201);
        Assert.Equal("+14155550132", Text(sms.Data.GetProperty("suppressions")[0], "address"));

        Assert.Equal(["address"], (await org.Owner.Post("/suppressions", new { address = "no address" })).Expect(400).Fields);
        Assert.Equal(["address"], (await org.Owner.Post("/suppressions", new { note = "x" })).Expect(400).Fields);
        (await org.Owner.Post("/suppressions", new { addresses = Enumerable.Repeat("a@b.test", 1001) })).Expect(400);
        (await org.Staff.Post("/suppressions", new { address = "ann@example.test" })).Expect(403);
    }

    [Fact]
    public async Task Lists_are_filtered_and_paged()
    {
        var ledger = await Ledger.Create(services.App, 3);
        await ledger.SetSent();
        await ledger.Apply(
            ledger.Told(1, DeliveryEventKind.Bounced), ledger.Told(2, DeliveryEventKind.Unsubscribed), ledger.Told(3, DeliveryEventKind.Complained));
        (await ledger.Org.Owner.Post("/suppressions", new { channel = "sms", address = "+14155550132" })).Expect(201);

        Assert.Equal(4, await Count(""));
        Assert.Equal(3, await Count("?channel=email"));
        Assert.Equal(2, await Count("?reason=bounced,complained"));
        Assert.Equal(1, await Count("?search=C2@led"));
        Assert.Equal(0, await Count("?search=%25"));
        var first = (await ledger.Org.Owner.Get("/suppressions?pageSize=3")).Expect(200).Data;
        var next = first.GetProperty("meta").GetProperty("pagination").GetProperty("nextCursor").GetString();
        Assert.Single((await ledger.Org.Owner.Get($"/suppressions?pageSize=3&cursor={next}")).Expect(200).Data.GetProperty("suppressions").EnumerateArray());
        Assert.Equal(["reason"], (await ledger.Org.Owner.Get("/suppressions?reason=bored")).Expect(400).Fields);

        async Task<int> Count(string query) =>
            (await ledger.Org.Owner.Get($"/suppressions{query}")).Expect(200)
                .Data.GetProperty("meta").GetProperty("pagination").GetProperty("total").GetInt32();
    }

    [Fact]
    public async Task Lifting_what_a_person_had_asked_for_makes_them_a_subscriber_again_and_a_bounce_says_nothing_of_that()
    {
        var ledger = await Ledger.Create(services.App, 3);
        await ledger.SetSent();
        await ledger.Apply(
            ledger.Told(1, DeliveryEventKind.Unsubscribed), ledger.Told(2, DeliveryEventKind.Complained), ledger.Told(3, DeliveryEventKind.Unsubscribed));
        await ledger.Apply(ledger.Told(3, DeliveryEventKind.Bounced));

        for (var number = 1; number <= 3; number++)
            (await ledger.Org.Manager.Delete($"/suppressions/{await Find(ledger, number)}")).Expect(200);

        var flags = await Task.WhenAll(ledger.Contacts.Select(contact => Flag(ledger, contact)));
        Assert.Equal([false, false, true], flags);
        Assert.Equal(3, await services.App.Scalar<long>(
            "select count(*) from audit_events where organization_id = $1 and action = 'suppression.lifted'", ledger.Org.Id));
        (await ledger.Org.Owner.Delete($"/suppressions/{Guid.NewGuid()}")).Expect(404, "SUPPRESSION_NOT_FOUND");
    }

    [Fact]
    public async Task A_contact_that_is_made_a_subscriber_again_gets_campaigns_unless_a_graver_reason_stands_against_it()
    {
        var ledger = await Ledger.Create(services.App, 2);
        await ledger.SetSent();
        await ledger.Apply(ledger.Told(1, DeliveryEventKind.Unsubscribed), ledger.Told(2, DeliveryEventKind.Complained));

        foreach (var contact in ledger.Contacts)
            (await ledger.Org.Owner.Patch($"/contacts/{contact}", new { unsubscribedEmail = false })).Expect(200);
        Assert.Equal(("", "complained"), (await ledger.Suppressed("c1@ledger.test"), await ledger.Suppressed("c2@ledger.test")));

        (await ledger.Org.Owner.Patch($"/contacts/{ledger.Contacts[0]}", new { unsubscribedEmail = true })).Expect(200);
        Assert.Equal("", await ledger.Suppressed("c1@ledger.test"));
    }

    [Fact]
    public async Task A_file_of_addresses_is_imported_and_says_what_is_no_address()
    {
        var org = await services.App.NewOrganization();
        var result = (await Import(org, "name;address\nAnn;ANN@example.test\n;\nBob;bob\n;ann@example.test\n")).Expect(200).Data;
        Assert.Equal((3, 1, 1), (
            result.GetProperty("total").GetInt32(), result.GetProperty("added").GetInt32(), result.GetProperty("failed").GetInt32()));
        Assert.Equal(4, result.GetProperty("errors")[0].GetProperty("line").GetInt32());
        (await Import(org, "\ufeffE-mail\nx@example.test\n")).Expect(200);
        (await Import(org, "phone\n+1 415 555 0132\n", "sms")).Expect(200);
        Assert.Equal(3, await services.App.Scalar<long>("select count(*) from suppressions where organization_id = $1", org.Id));

        Assert.Equal(["file"], (await Import(org, "a,b\n1,2\n")).Expect(400).Fields);
        Assert.Equal(["file"], (await Import(org, "address\n")).Expect(400).Fields);
        Assert.Equal(["channel"], (await Import(org, "address\nx@example.test\n", "fax")).Expect(400).Fields);
        Assert.Equal(["file"], (await Import(org, "address\n" + string.Concat(Enumerable.Repeat("x@example.test\n", 10_001)))).Expect(400).Fields);
        (await Import(org, "")).Expect(400, "NO_FILE");
    }

    private static async Task<TestReply> Import(TestOrganization org, string content, string? channel = null)
    {
        using var form = new MultipartFormDataContent { { new StringContent(content), "file", "addresses.csv" } };
        if (channel is not null)
            form.Add(new StringContent(channel), "channel");
        return await org.Owner.Post("/suppressions/import", form);
    }

    private static async Task<Guid> Find(Ledger ledger, int number) => await ledger.Org.App.Scalar<Guid>(
        "select id from suppressions where organization_id = $1 and address = $2", ledger.Org.Id, $"c{number}@ledger.test");

    private static async Task<bool> Flag(Ledger ledger, Guid contact) =>
        (await ledger.Org.Owner.Get($"/contacts/{contact}")).Expect(200).Data.GetProperty("unsubscribedEmail").GetBoolean();

    private static string Text(System.Text.Json.JsonElement json, string field) => json.GetProperty(field).GetString()!;
}
