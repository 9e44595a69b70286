using System.Globalization;
using System.Text;
using System.Text.Json;
using Crm.Functions.Tests.Fixture;
using Crm.Shared.Integrations.AzureQueues;
using static Crm.Functions.Tests.Contacts.Bulk.Importing;

namespace Crm.Functions.Tests.Contacts.Bulk;

public sealed class ImportTests(TestServices services)
{
    [Fact]
    public async Task A_file_becomes_contacts_with_its_columns_guessed_and_its_bad_rows_named()
    {
        var org = await services.App.NewOrganization();

        var import = await Import(
            org.Manager,
            "E-mail;First Name;Surname;Mobile;Tags;Remarks\n"
                + "ann@x.example;Ann;Smith;(415) 555-0132;vip,q4;likes tea\nbad;Bob;;;;\n;;;;;\n;Carl;;12;;\n;Dora;;;;\n");

        Assert.Equal((4, 2, 0, 2), (Number(import, "total"), Number(import, "created"), Number(import, "updated"), Number(import, "failed")));
        Assert.Equal(
            ["email", "firstName", "lastName", "phone", "tags", null],
            import.GetProperty("mapping").EnumerateArray().Select(column => column.GetProperty("field").GetString()));
        var errors = (await Follow(org.Manager, import)).GetProperty("errors").EnumerateArray()
            .Select(error => (error.GetProperty("row").GetInt32(), error.GetProperty("line").GetInt32(), error.GetProperty("error").GetString())).ToList();
        Assert.Equal([(2, 3, "email: \"bad\" is not an e-mail address."), (3, 5, "phone: \"12\" is not a phone number.")], errors);

        var ann = (await org.Manager.Get("/contacts?search=ann@x.example")).Expect(200).Data.GetProperty("contacts")[0];
        Assert.Equal(
            ("Ann Smith", "+14155550132", 2),
            (ann.GetProperty("name").GetString(), ann.GetProperty("phone").GetString(), ann.GetProperty("tags").GetArrayLength()));
        var file = (await org.Manager.Get($"/contacts/import/{import.GetProperty("id").GetGuid()}/errors")).Expect(200);
        Assert.Equal(
            "E-mail,First Name,Surname,Mobile,Tags,Remarks,line,error\r\n"
                + "bad,Bob,,,,,3,\"email: \"\"bad\"\" is not an e-mail address.\"\r\n"
                + ",Carl,,12,,,5,\"phone: \"\"12\"\" is not a phone number.\"\r\n",
            file.Body);
    }

    [Fact]
    public async Task A_row_is_found_by_the_line_on_which_it_starts_however_many_lines_those_before_it_have()
    {
        var org = await services.App.NewOrganization();

        var import = await Import(
            org.Manager, "email,\"the\nnotes\"\r\na@x.example,\"one\r\ntwo\r\nthree\"\n\nbad,\"one\ntwo\"\nworse,\n",
            ("mapping", """{"the\nnotes":"notes"}"""));

        var errors = (await Follow(org.Manager, import)).GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("line").GetInt32());
        Assert.Equal([7, 9], errors);
        var file = (await org.Manager.Get($"/contacts/import/{import.GetProperty("id").GetGuid()}/errors")).Expect(200);
        Assert.Contains("\r\nworse,,9,", file.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_contact_that_is_there_is_brought_up_to_date_once_and_left_alone_the_second_time()
    {
        var org = await services.App.NewOrganization();
        var ann = await org.AddContact(org.Manager, "Ann Smith", "ann@x.example");
        const string File = "email,company,phone,custom\nANN@x.example,Northwind,,1\nann@x.example,Northwind Ltd,+14155550132,2\n";

        var first = await Import(org.Manager, File, ("mapping", """{"custom":"custom.score"}"""), ("tags", "fair"));
        var second = await Import(org.Manager, File, ("mapping", """{"custom":"custom.score"}"""), ("tags", "fair"));

        Assert.Equal((0, 2), (Number(first, "created"), Number(first, "updated")));
        Assert.Equal((0, 0, 2), (Number(second, "created"), Number(second, "updated"), Number(second, "unchanged")));
        var contact = (await org.Manager.Get($"/contacts/{ann}")).Expect(200).Data;
        Assert.Equal(("Ann Smith", "Northwind Ltd", "+14155550132", "2", 2), (
            contact.GetProperty("name").GetString(), contact.GetProperty("company").GetString(), contact.GetProperty("phone").GetString(),
            contact.GetProperty("customFields").GetProperty("score").GetString(), contact.GetProperty("version").GetInt32()));
        var timeline = (await org.Manager.Get($"/contacts/{ann}/timeline")).Expect(200).Data.GetProperty("timeline");
        Assert.Equal(["contact_updated", "contact_created"], timeline.EnumerateArray().Select(entry => entry.GetProperty("action").GetString()!));
    }

    [Fact]
    public async Task A_dry_run_says_what_would_happen_and_changes_nothing()
    {
        var org = await services.App.NewOrganization();
        await org.AddContact(org.Manager, "Ann Smith", "ann@x.example");

        var import = await Import(org.Manager, "email,company\nann@x.example,Northwind\nbob@x.example,Northwind\nx,\n", ("dryRun", "true"));

        Assert.Equal((1, 1, 1), (Number(import, "created"), Number(import, "updated"), Number(import, "failed")));
        Assert.Equal(1, (await org.Manager.Get("/contacts")).Data.GetProperty("meta").GetProperty("pagination").GetProperty("total").GetInt32());
        (await org.Manager.Post($"/contacts/import/{import.GetProperty("id").GetGuid()}/undo")).Expect(409, "INVALID_STATUS");
    }

    [Fact]
    public async Task Undoing_an_import_removes_and_restores_what_nobody_has_touched_since()
    {
        var org = await services.App.NewOrganization();
        var ann = await org.AddContact(org.Manager, "Ann Smith", "ann@x.example");
        var import = await Import(org.Manager, "email,company\nann@x.example,Northwind\nbob@x.example,Northwind\ncarl@x.example,Northwind\n");
        var carl = (await org.Manager.Get("/contacts?search=carl")).Data.GetProperty("contacts")[0].GetProperty("id").GetGuid();
        (await org.Manager.Patch($"/contacts/{carl}", new { company = "Other" })).Expect(200);

        (await org.Manager.Post($"/contacts/import/{import.GetProperty("id").GetGuid()}/undo")).Expect(202);

        var undone = (await Follow(org.Manager, import, "undone")).GetProperty("import");
        Assert.Equal((1, 1, 1), (Number(undone, "removed"), Number(undone, "restored"), Number(undone, "kept")));
        var left = (await org.Manager.Get("/contacts?sortBy=email")).Data.GetProperty("contacts").EnumerateArray()
            .Select(contact => contact.GetProperty("id").GetGuid());
        Assert.Equal([ann, carl], left);
        Assert.Equal(JsonValueKind.Null, (await org.Manager.Get($"/contacts/{ann}")).Data.GetProperty("company").ValueKind);
    }

    [Fact]
    public async Task Undoing_takes_back_what_two_parts_of_one_file_did_to_a_contact()
    {
        var org = await services.App.NewOrganization();
        var ann = await org.AddContact(org.Manager, "Ann Smith", "ann@x.example");
        // More rows between the two than are written at once.
        var between = string.Concat(Enumerable.Range(0, 2500).Select(row => $"person{row}@x.example,\n"));
        var file = $"email,company\nann@x.example,Northwind\nbob@x.example,Northwind\n{between}ann@x.example,Other\nbob@x.example,Other\n";
        var import = await Import(org.Manager, file);
        Assert.Equal("Other", (await org.Manager.Get($"/contacts/{ann}")).Data.GetProperty("company").GetString());

        (await org.Manager.Post($"/contacts/import/{import.GetProperty("id").GetGuid()}/undo")).Expect(202);

        var undone = (await Follow(org.Manager, import, "undone")).GetProperty("import");
        Assert.Equal((2501, 1), (Number(undone, "removed"), Number(undone, "restored")));
        Assert.Equal(JsonValueKind.Null, (await org.Manager.Get($"/contacts/{ann}")).Data.GetProperty("company").ValueKind);
        Assert.Equal(1, (await org.Manager.Get("/contacts")).Data.GetProperty("meta").GetProperty("pagination").GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task Staff_import_their_own_contacts_and_cannot_change_a_colleagues()
    {
        var org = await services.App.NewOrganization();
        await org.AddContact(org.OtherStaff, "Ann Smith", "ann@x.example");

        var import = await Import(org.Staff, "email,company\nann@x.example,Northwind\nbob@x.example,Northwind\n");

        Assert.Equal((1, 1), (Number(import, "created"), Number(import, "failed")));
        var path = $"/contacts/import/{import.GetProperty("id").GetGuid()}";
        (await org.OtherStaff.Get(path)).Expect(403, "FORBIDDEN");
        (await (await services.App.NewOrganization()).Owner.Get(path)).Expect(404, "IMPORT_NOT_FOUND");
    }

    [Theory]
    [InlineData("", null, "NO_FILE")]
    [InlineData("email\n", null, "VALIDATION_ERROR")]
    [InlineData("colour,size\nred,1\n", null, "VALIDATION_ERROR")]
    [InlineData("email\na@x.example\n", """{"mail":"email"}""", "VALIDATION_ERROR")]
    [InlineData("email,b\na@x.example,1\n", """{"b":"nonsense"}""", "VALIDATION_ERROR")]
    [InlineData("email,b\na@x.example,1\n", """{"b":"email","email":"email"}""", "VALIDATION_ERROR")]
    public async Task A_file_that_cannot_be_imported_is_refused_with_the_reason(string file, string? mapping, string code)
    {
        var org = await services.App.NewOrganization();

        var reply = await Upload(org.Owner, file, mapping is null ? [] : [("mapping", mapping)]);

        reply.Expect(400, code);
    }

    [Theory]
    [InlineData("mapping", "[1]")]
    [InlineData("dryRun", "perhaps")]
    [InlineData("onDuplicate", "overwrite")]
    [InlineData("ownerId", "ann")]
    [InlineData("source", "a source of more than the hundred characters that a contact's source may have, which no contact could be given")]
    [InlineData("tags", "a-label-that-is-longer-than-the-fifty-characters-it-may-have")]
    public async Task A_wrong_field_is_named_once_there_is_a_file(string field, string value)
    {
        var org = await services.App.NewOrganization();

        Assert.Equal([field], (await Upload(org.Owner, "email\na@x.example\n", (field, value))).Expect(400, "VALIDATION_ERROR").Fields);
        (await Upload(org.Owner, "", (field, value))).Expect(400, "NO_FILE");
    }

    [Theory]
    [InlineData("/contacts/import")]
    [InlineData("/api/contacts/import")]
    public async Task What_holds_no_file_is_refused_and_a_form_that_breaks_off_is_no_form(string path)
    {
        var org = await services.App.NewOrganization();
        using var other = new MultipartFormDataContent { { new StringContent("email\na@x.example\n"), "upload", "contacts.csv" } };
        using var text = new MultipartFormDataContent { { new StringContent("email"), "file" } };
        using var form = new FormUrlEncodedContent([new("file", "email")]);
        foreach (var body in new object?[] { null, new { file = "email" }, other, text, form })
        {
            var reply = await org.Owner.Post(path, body);
            Assert.True((reply.Status, reply.Code) == (400, "NO_FILE"), $"{body}: {reply.Status} {reply.Body}");
        }

        foreach (var content in new[]
        {
            "", "hello", "--b\r\n", "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.csv\"\r\n\r\nemail\na@x",
            "--b\r\nno header\r\n\r\nx\r\n--b--\r\n",
        })
        {
            using var broken = new StringContent(content);
            broken.Headers.ContentType = new("multipart/form-data") { Parameters = { new("boundary", "b") } };
            var reply = await org.Owner.Post(path, broken);
            Assert.True(reply.Status == 400 && (content.Length == 0 || reply.Fields is ["body"]), $"{content}: {reply.Status} {reply.Body}");
        }

        (await org.Staff.Post(path, null)).Expect(400, "NO_FILE");
        (await services.App.Anonymous.Post(path, null)).Expect(401, "UNAUTHORIZED");
    }

    [Fact]
    public async Task Queue_messages_that_come_twice_or_all_at_once_import_every_row_once()
    {
        var org = await services.App.NewOrganization();
        var file = new StringBuilder("email,name\n");
        for (var row = 0; row < 5000; row++)
            file.Append(CultureInfo.InvariantCulture, $"person{row}@x.example,Person {row}\n");
        var import = (await Upload(org.Owner, file.ToString())).Expect(202).Data;
        var message = JsonSerializer.Serialize(new { organizationId = org.Id, importId = import.GetProperty("id").GetGuid() });
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => services.App.Queues.Send("import-contacts", message, TestContext.Current.CancellationToken)));

        var done = (await Follow(org.Owner, import)).GetProperty("import");

        Assert.Equal((5000, 5000), (Number(done, "total"), Number(done, "created")));
        Assert.Equal(5000L, await services.App.Scalar<long>("select count(*) from contacts where organization_id = $1", org.Id));
        Assert.Equal(5000L, await services.App.Scalar<long>("select count(*) from timeline_entries where organization_id = $1", org.Id));
    }
}
