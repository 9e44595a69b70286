using Crm.Functions.Privacy;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Inbox;
using Crm.Functions.Tests.Invoices;
using Crm.Functions.Tests.Uploads;

namespace Crm.Functions.Tests.Privacy;

public sealed class PrivacyTests(TestServices services)
{
    /// <summary>Stands in everything that is known of the person, and nowhere else.</summary>
    private readonly string _mark = $"zyx{Guid.NewGuid():N}";

    private TestApp App => services.App;

    [Fact]
    public async Task Of_every_table_it_is_known_what_it_holds_of_a_person()
    {
        var tables = (await App.Scalar<string>(
            "select string_agg(relname, ',') from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')")).Split(',');
        string[] known = [.. PersonalData.Tables.Select(held => held.Table), .. ImpersonalTables.Reasons.Keys];

        Assert.Equal(tables.Order(StringComparer.Ordinal), known.Order(StringComparer.Ordinal));
        // Whatever points to a contact is about one.
        var pointing = (await App.Scalar<string>("""
            select string_agg(distinct conrelid::regclass::text, ',')
            from pg_constraint
            where contype = 'f' and confrelid in ('contacts'::regclass, 'messages'::regclass, 'conversations'::regclass, 'deliveries'::regclass)
            """)).Split(',');
        Assert.Empty(pointing.Intersect(ImpersonalTables.Reasons.Keys, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Nothing_that_tells_of_an_erased_person_is_left_in_any_table_or_file()
    {
        var org = await App.NewOrganization();
        var (person, picture) = await Person(org);
        Assert.NotEqual("", await Marked(org));

        var erased = (await org.Owner.Post($"/contacts/{person}/erase", new { })).Expect(200).Data;

        Assert.Equal(2, erased.GetProperty("erased").GetProperty("contacts").GetInt64());
        Assert.Equal("", await Marked(org));
        var contact = (await org.Owner.Get($"/contacts/{person}")).Expect(200).Data;
        Assert.Equal("Erased contact inactive", $"{contact.GetProperty("name")} {contact.GetProperty("status")}");
        // The organisation's figures stay.
        Assert.Equal(500, (await org.Owner.Get("/deals?view=list")).Expect(200).Data.GetProperty("deals")[0].GetProperty("value").GetDecimal());
        Assert.Equal(1, (await org.Owner.Get("/invoices")).Expect(200).Data.GetProperty("invoices").GetArrayLength());
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while ((await App.Http.GetAsync(picture, patience.Token)).StatusCode != System.Net.HttpStatusCode.NotFound)
            await Task.Delay(50, patience.Token);
        while (await App.Scalar<long>("select count(*) from stored_files where organization_id = $1", org.Id) > 0)
            await Task.Delay(50, patience.Token);
        (await org.Owner.Post($"/contacts/{person}/erase", new { })).Expect(200);
    }

    [Fact]
    public async Task A_dry_run_counts_and_leaves_everything()
    {
        var org = await App.NewOrganization();
        var (person, picture) = await Person(org);
        await App.Settled(org.Id);
        var before = await Marked(org);

        var erased = (await org.Manager.Post($"/contacts/{person}/erase", new { dryRun = true })).Expect(200).Data.GetProperty("erased");

        Assert.True(erased.GetProperty("timeline_entries").GetInt64() > 1 && erased.GetProperty("messages").GetInt64() >= 2);
        Assert.Equal(before, await Marked(org));
        Assert.Equal(System.Net.HttpStatusCode.OK, (await App.Http.GetAsync(picture, TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task Who_wanted_no_messages_is_still_not_written_to_when_the_address_comes_back()
    {
        var org = await App.NewOrganization();
        var email = $"{_mark}@privacy.test";
        var person = await org.AddContact(org.Owner, "Ann", email);
        (await org.Owner.Patch($"/contacts/{person}", new { unsubscribedEmail = true })).Expect(200);

        (await org.Owner.Post($"/contacts/{person}/erase", new { })).Expect(200);

        Assert.Equal("sha256:", await Address());
        var again = await org.AddContact(org.Owner, "Ann", email);
        Assert.Equal(email, await Address(), ignoreCase: true);
        (await org.Owner.Post($"/contacts/{again}/erase", new { })).Expect(200);
        Assert.Equal("sha256:", await Address());
        var other = await org.AddContact(org.Owner, "Bob");
        (await org.Owner.Patch($"/contacts/{other}", new { email })).Expect(200);
        Assert.Equal(email, await Address(), ignoreCase: true);

        async Task<string> Address() => await App.Scalar<string>(
            "select case when address like 'sha256:%' then 'sha256:' else address end from suppressions where organization_id = $1", org.Id);
    }

    [Fact]
    public async Task An_export_has_what_every_table_holds_and_links_to_the_files()
    {
        var org = await App.NewOrganization();
        var (person, picture) = await Person(org);

        var reply = (await org.Manager.Get($"/contacts/{person}/export")).Expect(200);

        var tables = reply.Data.GetProperty("tables");
        string[] full =
        [
            "contacts", "timeline_entries", "deals", "tasks", "invoices", "invoice_items", "deliveries", "messages", "conversations", "import_rows",
            "notifications", "audit_events", "suppressions", "message_attachments",
        ];
        Assert.All(full, table => Assert.True(tables.GetProperty(table).GetArrayLength() > 0, table));
        Assert.Equal(2, tables.GetProperty("contacts").GetArrayLength());
        var files = reply.Data.GetProperty("files").EnumerateArray().ToLookup(file => file.GetProperty("kind").GetString());
        using var plans = await App.Http.GetAsync(Assert.Single(files["attachment"]).GetProperty("url").GetString(), TestContext.Current.CancellationToken);
        Assert.Equal([1, 2, 3], await plans.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        var file = Assert.Single(files["avatar"]);
        Assert.Equal(new Uri(picture).AbsolutePath, new Uri(file.GetProperty("url").GetString()!).AbsolutePath);
        using var content = await App.Http.GetAsync(file.GetProperty("url").GetString(), TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.OK, content.StatusCode);
        Assert.Contains("attachment", reply.Headers["Content-Disposition"], StringComparison.Ordinal);
    }

    /// <summary>The tables in whose rows, of this organisation or of none, the mark still stands.</summary>
    private async Task<string> Marked(TestOrganization org)
    {
        await App.Settled(org.Id);
        var marked = new List<string>();
        var tables = (await App.Scalar<string>(
            "select string_agg(relname, ',' order by relname) from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')")).Split(',');
        foreach (var table in tables)
        {
            var rows = await App.Scalar<long>(
                $"select count(*) from {table} t where t::text ilike '%' || $1 || '%' or position(encode(convert_to($1, 'UTF8'), 'hex') in t::text) > 0",
                _mark);
            if (rows > 0)
                marked.Add($"{table}: {rows}");
        }

        return string.Join(", ", marked);
    }

    /// <summary>Somebody of whom everything is known, in two contacts that became one; and where their picture is.</summary>
    private async Task<(Guid Person, string Picture)> Person(TestOrganization org)
    {
        var (email, other) = ($"{_mark}@privacy.test", $"other.{_mark}@privacy.test");
        var person = (await org.Owner.Post(
            "/contacts",
            new
            {
                name = $"Ann {_mark}",
                email,
                phone = "+4930901820",
                company = _mark,
                jobTitle = _mark,
                notes = _mark,
                address = _mark,
                source = _mark,
                tags = new[] { _mark },
                customFields = new { secret = _mark },
            },
            ("Idempotency-Key", Guid.NewGuid().ToString()))).Expect(201).Data.GetProperty("id").GetGuid();
        var duplicate = await org.AddContact(org.Owner, $"Ann {_mark} Again", other);
        (await org.Owner.Post("/contacts/merge", new { primaryId = person, duplicateIds = new[] { duplicate } })).Expect(200);
        (await org.Owner.Patch($"/contacts/{person}", new { notes = $"{_mark} {_mark}" })).Expect(200);
        (await org.Owner.Post($"/contacts/{person}/timeline", new { type = "note", description = _mark })).Expect(201);
        var deal = (await org.Owner.Post("/deals", new { title = _mark, contactId = person, value = 500 })).Expect(201).Data.GetProperty("id").GetGuid();
        (await org.Owner.Post("/tasks", new { title = _mark, description = _mark, dealId = deal })).Expect(201);
        await Billing.AddInvoice(org.Owner, person);
        // What was answered to the upload names the file too.
        var file = (await org.Owner.Attach([1, 2, 3], $"{_mark}.pdf", ("Idempotency-Key", Guid.NewGuid().ToString()))).Expect(201).Data
            .GetProperty("attachment").GetProperty("id").GetGuid();
        var mail = (await org.Owner.Post(
            "/messages", new { contactId = person, type = "email", subject = _mark, content = _mark, attachmentIds = new[] { file } })).Expect(201).Data;
        await App.Mails(email);
        await org.AddInbound(mail.GetProperty("conversation").GetProperty("id").GetGuid(), _mark);
        await App.Sql(
            """
            insert into notifications (organization_id, id, user_id, type, title, body, entity_type, entity_id, created_at)
            values ($1, gen_random_uuid(), $2, 'message.received', $3, $3, 'conversation', $4, $5)
            """,
            org.Id, org.Owner.Id, _mark, mail.GetProperty("conversation").GetProperty("id").GetGuid(), App.Clock.GetUtcNow());
        await App.Sql(
            "insert into provider_events (id, provider, event_id, organization_id, body, status, received_at)"
                + " values ($1, 'sendgrid', $1::text, $2, $3, 'processed', $4)",
            Guid.CreateVersion7(), org.Id, $"{{\"email\":\"{email}\"}}", App.Clock.GetUtcNow());
        (await org.Owner.Post("/suppressions", new { address = other, note = _mark })).Expect(201);
        using var form = new MultipartFormDataContent { { new StringContent($"email,name\n{email},Ann {_mark}\n"), "file", "people.csv" } };
        var import = (await org.Owner.Post("/contacts/import", form)).Expect(202).Data.GetProperty("id").GetGuid();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (await App.Scalar<string>("select status from imports where id = $1", import) is "queued" or "running")
            await Task.Delay(50, patience.Token);
        return (person, (await org.Owner.Upload($"/upload/avatar/contact/{person}", "avatar", Samples.Read("photo.jpg"))).Url());
    }
}
