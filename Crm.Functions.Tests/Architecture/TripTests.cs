using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Inbox;
using Crm.Functions.Tests.Invoices;

namespace Crm.Functions.Tests.Architecture;

/// <summary>Writes take few trips to the database.</summary>
public sealed class TripTests(TestServices services)
{
    [Fact]
    public async Task A_write_sends_no_more_statements_than_it_needs()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var contact = await org.AddContact(org.Staff);
        var deal = await sales.AddDeal(org.Staff, contactId: contact);

        await AtMost(3, () => org.Staff.Post("/contacts", new { name = "Ann Smith", email = "ann@trips.test" }), 201);
        await AtMost(4, () => org.Staff.Patch($"/contacts/{contact}", new { company = "Northwind" }), 200);
        await AtMost(2, () => org.Staff.Post($"/contacts/{contact}/timeline", new { type = "note", description = "x" }), 201);
        await AtMost(7, () => org.Staff.Post(
            "/deals", new { title = "Desks", contactId = contact, items = new[] { new { name = "Desk", quantity = 4, unitPrice = 100 } } }), 201);
        await AtMost(6, () => org.Staff.Patch($"/deals/{deal}", new { title = "Chairs", value = 900 }), 200);
        await AtMost(8, () => org.Staff.Post($"/pipelines/{sales.PipelineId}/stages", new { dealId = deal, stageId = sales.Stage("Proposal") }), 200);
        await AtMost(8, () => org.Staff.Post($"/deals/{deal}/move", new { stageId = sales.Stage("Lead"), position = 0 }), 200);
        var template = (await org.Staff.Post("/templates", new { name = "Hello", type = "email", content = "Hello" })).Expect(201).Data.Id("id");
        await AtMost(2, () => org.Staff.Post("/templates", new { name = "Hello", type = "email", content = "Hello {{first_name}}" }), 201);
        await AtMost(3, () => org.Staff.Patch($"/templates/{template}", new { content = "Hello {{last_name}}" }), 200);
        await AtMost(5, () => org.Owner.Patch($"/templates/{template}", new { isDefault = true }), 200);
        await AtMost(2, () => org.Staff.Post($"/templates/{template}/duplicate", new { name = "Again" }), 201);
        await AtMost(1, () => org.Staff.Post($"/templates/{template}/use"), 200);
        await AtMost(3, () => org.Staff.Post($"/templates/{template}/preview", new { contactId = contact }), 200);
        var correspondent = await org.AddCorrespondent(org.Staff);
        var mail = new { contactId = correspondent, type = "email", subject = "Chairs", content = "Hello {{first_name}}" };
        await AtMost(9, () => org.Staff.Post("/messages", mail), 201);
        await AtMost(8, () => org.Staff.Post("/messages", mail), 201);
        var file = await org.Staff.AddAttachment([1, 2, 3]);
        await AtMost(10, () => org.Staff.WriteMailWith(correspondent, file), 201);
        var conversation = (await org.Staff.Conversations())[0].Id("id");
        await AtMost(7, () => org.Staff.Post($"/inbox/conversations/{conversation}/messages", new { content = "Hello" }), 201);
        var message = await org.AddInbound(conversation);
        await AtMost(4, () => org.Staff.Patch($"/messages/{message}", new { isRead = true }), 200);
        await AtMost(3, () => org.Staff.Get("/inbox/conversations"), 200);
        await AtMost(2, () => org.Staff.Get($"/inbox/conversations/{conversation}"), 200);
        await AtMost(3, () => org.Staff.Post(
            "/invoices", new { contactId = contact, items = new[] { new { description = "Desk", quantity = 4, unitPrice = 100 } } }), 201);
        var invoice = await Billing.AddInvoice(org.Staff, contact);
        await AtMost(5, () => org.Staff.Patch($"/invoices/{invoice}", new { notes = "x" }), 200);
        await AtMost(4, () => org.Staff.Post($"/invoices/{invoice}/payments", new { amount = 10, paymentMethod = "cash" }), 201);
        await AtMost(1, () => org.Staff.Get($"/invoices/{invoice}"), 200);
        await AtMost(4, () => org.Staff.Post("/tasks", new { title = "Call back", contactId = contact, dealId = deal }), 201);
    }

    private static async Task AtMost(int most, Func<Task<TestReply>> request, int status)
    {
        TestReply? reply = null;
        var sent = await Statements.Of(async () => reply = await request());
        reply!.Expect(status);
        Assert.True(sent.Count > 0, "No statement was seen.");
        Assert.True(sent.Count <= most, $"{reply.Request} sent {sent.Count} statements instead of {most}:\n{string.Join("\n\n", sent)}");
    }
}
