using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Inbox;
using Crm.Functions.Tests.Invoices;

namespace Crm.Functions.Tests.Architecture;

/// <summary>
/// Whatever is done at once, nobody waits for somebody who waits for them: locks are taken in one order. The database counts its deadlocks; a request
/// that is run again after one would hide it.
/// </summary>
public sealed class LockOrderTests(OwnApp own) : IClassFixture<OwnApp>
{
    private const int Rounds = 10;

    [Theory]
    [InlineData("merge", "change a task")]
    [InlineData("merge", "move a deal")]
    [InlineData("merge", "create a deal")]
    [InlineData("merge", "create a task")]
    [InlineData("merge", "write to the timeline")]
    [InlineData("merge", "write a message")]
    [InlineData("merge", "answer")]
    [InlineData("merge", "delete a contact")]
    [InlineData("hand over", "answer")]
    [InlineData("assign many", "answer")]
    [InlineData("write a message", "answer")]
    [InlineData("delete a contact", "answer")]
    [InlineData("cascade", "answer")]
    [InlineData("hand over", "move a deal")]
    [InlineData("hand over", "change a task")]
    [InlineData("hand over", "merge")]
    [InlineData("cascade", "move a deal")]
    [InlineData("cascade", "change a task")]
    [InlineData("change many", "merge")]
    [InlineData("change a task", "move a deal")]
    [InlineData("create a deal", "move a deal")]
    [InlineData("create a deal", "change a task")]
    [InlineData("create a task", "write to the timeline")]
    [InlineData("fill a campaign", "merge")]
    [InlineData("fill a campaign", "delete")]
    [InlineData("delete", "merge")]
    [InlineData("delete many", "merge")]
    [InlineData("merge", "pay an invoice")]
    [InlineData("merge", "receive money")]
    [InlineData("receive money", "pay an invoice")]
    [InlineData("receive money", "change an invoice")]
    [InlineData("receive money", "write a message")]
    [InlineData("merge", "invoice a deal")]
    [InlineData("merge", "invoice a contact")]
    [InlineData("hand over", "change an invoice")]
    [InlineData("invoice a deal", "move a deal")]
    [InlineData("invoice a contact", "change an invoice")]
    public async Task Two_deeds_at_once_do_not_deadlock(string one, string other)
    {
        var before = await Deadlocks();
        for (var round = 0; round < Rounds; round++)
        {
            var scene = await Scene.Make(own.App);
            var replies = await Task.WhenAll(
                Enumerable.Repeat(new[] { one, other }, 4).SelectMany(pair => pair).Select(deed => Task.Run(() => scene.Do(deed))));
            Assert.All(replies, reply => Assert.True(reply.Status < 500, $"{reply.Request}: {reply.Status} {reply.Body}"));
            await Consistent.Check(scene.Org);
            Assert.Equal(0, await own.App.Scalar<long>(HalfAliveSql, scene.Org.Id));
        }

        Assert.Equal(before, await Deadlocks());
    }

    // Nothing that lives hangs on a contact that was merged away.
    private const string HalfAliveSql = """
        select (select count(*) from deals d join contacts c on c.organization_id = d.organization_id and c.id = d.contact_id
                where d.organization_id = $1 and c.merged_into is not null)
             + (select count(*) from invoices i join contacts c on c.organization_id = i.organization_id and c.id = i.contact_id
                where i.organization_id = $1 and c.merged_into is not null)
             + (select count(*) from tasks t join contacts c on c.organization_id = t.organization_id and c.id = t.contact_id
                where t.organization_id = $1 and c.merged_into is not null)
             + (select count(*) from conversations v join contacts c on c.organization_id = v.organization_id and c.id = v.contact_id
                where v.organization_id = $1 and c.merged_into is not null)
             + (select count(*) from messages m join contacts c on c.organization_id = m.organization_id and c.id = m.contact_id
                where m.organization_id = $1 and c.merged_into is not null)
             + (select count(*) from timeline_entries e join contacts c on c.organization_id = e.organization_id and c.id = e.contact_id
                where e.organization_id = $1 and c.merged_into is not null)
        """;

    // What a connection counted is told to the server when it has been idle for a second or ends.
    private async Task<long> Deadlocks()
    {
        await own.App.Scalar<bool>("select pg_stat_force_next_flush() is null");
        return await own.App.Scalar<long>("select deadlocks from pg_stat_database where datname = current_database()");
    }

    private sealed record Scene(TestOrganization Org, Sales Sales, Guid Stays, Guid Gone, Guid Deal, Guid Task, Guid Conversation, Guid Invoice)
    {
        public static async Task<Scene> Make(TestApp app)
        {
            var org = await app.NewOrganization();
            var sales = await Sales.Of(org);
            var (stays, gone) = (await org.AddCorrespondent(org.Staff), await org.AddCorrespondent(org.Staff));
            await org.Owner.WriteMail(stays);
            var conversation = (await org.Owner.WriteMail(gone)).GetProperty("conversation").GetProperty("id").GetGuid();
            (await org.Owner.Post($"/inbox/conversations/{conversation}/assign", new { assigneeId = org.Staff.Id })).Expect(200);
            var deal = await sales.AddDeal(org.Staff, contactId: gone);
            await sales.AddDeal(org.Staff, contactId: gone);
            var campaign = new { name = "Autumn", type = "email", subject = "Hello", contactIds = new[] { stays, gone } };
            (await org.Owner.Post("/campaigns", campaign)).Expect(201);
            var task = (await org.Staff.Post("/tasks", new { title = "Call", contactId = gone, dealId = deal })).Expect(201).Data.Id("id");
            return new(org, sales, stays, gone, deal, task, conversation, await Billing.AddInvoice(org.Staff, gone, isSent: true));
        }

        public Task<TestReply> Do(string deed) => deed switch
        {
            "merge" => Org.Owner.Post("/contacts/merge", new { primaryId = Stays, duplicateIds = new[] { Gone } }),
            "change a task" => Org.Owner.Patch($"/tasks/{Task}", new { title = $"Call {Guid.NewGuid()}" }),
            "move a deal" =>
                Org.Owner.Post($"/deals/{Deal}/move", new { stageId = Sales.Stage(Random.Shared.Next(2) == 0 ? "Proposal" : "Qualified"), position = 0 }),
            "create a deal" => Org.Owner.Post("/deals", new { title = "Chairs", contactId = Gone }),
            "create a task" => Org.Owner.Post("/tasks", new { title = "Write", contactId = Gone, dealId = Deal }),
            "write to the timeline" => Org.Owner.Post($"/contacts/{Gone}/timeline", new { type = "note", description = "x" }),
            "write a message" => Org.Owner.Post("/messages", new { contactId = Gone, type = "email", subject = "x", content = "x" }),
            "answer" => Org.Owner.Post($"/inbox/conversations/{Conversation}/messages", new { content = "x" }),
            "delete a contact" => Org.Owner.Delete($"/contacts/{Gone}"),
            "assign many" => Org.Owner.Post(
                "/contacts/bulk",
                new { ids = new[] { Stays, Gone }, action = "assign", values = new { ownerId = Random.Shared.Next(2) == 0 ? Org.Staff.Id : Org.Owner.Id } }),
            "fill a campaign" => Org.Owner.Post(
                "/campaigns", new { name = "Spring", type = "email", subject = "Hello", contactIds = new[] { Stays, Gone } }),
            "delete" => Org.Owner.Delete($"/contacts/{Gone}"),
            "delete many" => Org.Owner.Post("/contacts/bulk", new { ids = new[] { Gone, Stays }, action = "delete" }),
            "hand over" => Org.Owner.Delete($"/settings/team/{Org.Staff.Id}?reassignTo={Org.OtherStaff.Id}"),
            "cascade" => Org.Owner.Patch($"/contacts/{Gone}?cascade=true", new { ownerId = Random.Shared.Next(2) == 0 ? Org.OtherStaff.Id : Org.Staff.Id }),
            "change many" => Org.Owner.Post(
                "/contacts/bulk", new { ids = new[] { Gone, Stays }, action = "tag", values = new { tags = new[] { $"t{Random.Shared.Next(100)}" } } }),
            "pay an invoice" => Org.Owner.Post($"/invoices/{Invoice}/payments", new { amount = 1, paymentMethod = "cash" }),
            "receive money" => Receive(),
            "change an invoice" => Org.Owner.Patch($"/invoices/{Invoice}", new { notes = $"{Guid.NewGuid()}", contactId = Gone }),
            "invoice a contact" => Org.Owner.Post("/invoices", new { contactId = Gone, items = new[] { new { description = "Desk", unitPrice = 1 } } }),
            "invoice a deal" => Org.Owner.Post($"/deals/{Deal}/invoice", new { notes = "x" }),
            _ => throw new ArgumentOutOfRangeException(nameof(deed)),
        };

        /// <summary>A customer pays online, and the books hear of it: a payment that another has made already is no deed any more.</summary>
        private async Task<TestReply> Receive()
        {
            var begun = await Org.Owner.Post($"/invoices/{Invoice}/pay", new { amount = 0.5 });
            if (begun.Status != 200)
                return begun;
            using var vendor = new HttpClient { BaseAddress = Org.App.Providers.BaseUrl };
            var paid = new { paymentIntentId = begun.Data.Text("paymentIntentId"), outcome = "succeeded", webhook = "never" };
            (await vendor.PostAsJsonAsync("/simulate/pay", paid)).Dispose();
            return await Org.Owner.Post($"/invoices/{Invoice}/pay", new { amount = 0.5 });
        }
    }
}
