using System.Net;
using System.Text;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Inbox;
using Crm.Functions.Tests.Tasks;
using Crm.Local.Providers;

namespace Crm.Functions.Tests.Uploads;

/// <summary>Files that wait for the message they go with.</summary>
public sealed class UploadAttachmentTests(TestServices services)
{
    private const int Most = 10 * 1024 * 1024;
    private static readonly byte[] Some = [1, 2, 3];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_is_kept_privately_for_who_uploaded_it()
    {
        var org = await services.App.NewOrganization();

        var file = (await org.Staff.Attach(Some, "Über uns.pdf")).Expect(201).Data.GetProperty("attachment");

        Assert.Equal(("Über uns.pdf", "application/pdf", 3), (file.Text("fileName"), file.Text("contentType"), file.GetProperty("size").GetInt32()));
        var url = file.Text("url")!;
        Assert.True(Uri.IsWellFormedUriString(url, UriKind.Absolute), url);
        Assert.Matches($"/org/{org.Id}/attachments/[0-9a-f-]{{36}}\\.pdf\\?.*X-Amz-Signature=", url);
        using var answer = await services.App.Http.GetAsync(url, Ct);
        Assert.Equal(Some, await answer.Content.ReadAsByteArrayAsync(Ct));
        Assert.Equal("application/octet-stream", answer.Content.Headers.ContentType!.MediaType);
        Assert.StartsWith("attachment", answer.Content.Headers.ContentDisposition!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ten_mebibytes_are_taken_and_a_byte_more_is_not()
    {
        var org = await services.App.NewOrganization();

        var file = (await org.Owner.Attach(new byte[Most], "zeros.bin")).Expect(201).Data.GetProperty("attachment");

        Assert.Equal(Most, file.GetProperty("size").GetInt32());
        var refused = (await org.Owner.Attach(new byte[Most + 1], "zeros.bin")).Expect(400, "UPLOAD_ERROR");
        Assert.Equal("size", Reason(refused));
        (await org.Owner.Attach(new byte[Most + 64 * 1024], "zeros.bin")).Expect(413, "PAYLOAD_TOO_LARGE");
        Assert.Equal(1, await services.App.Scalar<long>("select count(*) from stored_files where organization_id = $1", org.Id));
    }

    [Fact]
    public async Task Who_may_is_looked_at_before_the_file_and_a_missing_empty_or_misnamed_one_is_none()
    {
        var org = await services.App.NewOrganization();

        (await services.App.Anonymous.Attach([], "plans.pdf")).Expect(401);
        (await org.Staff.Post("/upload/attachment", "{}")).Expect(400, "NO_FILE");
        (await org.Staff.Attach([], "plans.pdf")).Expect(400, "NO_FILE");
        var reply = (await org.Staff.Upload("/upload/attachment", "file", Some)).Expect(400, "NO_FILE");
        Assert.Contains("field attachment", reply.Body, StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Names => new()
    {
        { "filename=\"plans.pdf\"", "plans.pdf" },
        { "filename=\"C:\\\\Users\\\\ann\\\\plans.pdf\"", "plans.pdf" },
        { "filename=\"../../etc/passwd\"", "passwd" },
        { "filename*=UTF-8''a%0D%0ABcc%3A%20all%40b.test%0D%0A.pdf", "a Bcc_ all@b.test .pdf" },
        { "filename*=UTF-8''%E2%82%AC%20rates%20%F0%9F%98%80.xlsx", "€ rates 😀.xlsx" },
        // Written from right to left it reads as if it ended with pdf.
        { "filename*=UTF-8''a%E2%80%AEfdp.txt", "afdp.txt" },
        { "filename*=UTF-8''a%00b%09c.pdf", "a b c.pdf" },
        { "filename=\"  a   b. . \"", "a b" },
        { "filename=\"what <is> | this?.pdf\"", "what _is_ _ this_.pdf" },
        { "filename=\"...\"", "attachment" },
        { "filename=\"a/\"", "attachment" },
        { $"filename=\"{new string('x', 300)}.pdf\"", $"{new string('x', 251)}.pdf" },
        { $"filename=\"{new string('x', 300)}\"", new string('x', 255) },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_name_is_kept_without_what_others_could_stumble_over(string sent, string kept)
    {
        var org = await services.App.NewOrganization();
        using var form = new ByteArrayContent(Encoding.UTF8.GetBytes(
            $"--b\r\nContent-Disposition: form-data; name=\"attachment\"; {sent}\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--\r\n"));
        form.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=b");

        var file = (await org.Owner.Post("/upload/attachment", form)).Expect(201).Data.GetProperty("attachment");

        Assert.Equal(kept, file.Text("fileName"));
    }

    public static TheoryData<string, byte[], string> Types => new()
    {
        { "plans.docx", Some, "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
        { "data.csv", [.. "a;b"u8], "text/csv" },
        { "page.html", [.. "<script>"u8], "text/html" },
        { "scan", [.. "%PDF-1.7"u8], "application/pdf" },
        { "scan", [0xFF, 0xD8, 0xFF, 0xE0], "image/jpeg" },
        { "scan.unknown", Some, "application/octet-stream" },
        // Their country's sign begins a table of addresses.
        { "mozambique.csv", [.. "MZ;Maputo"u8], "text/csv" },
    };

    [Theory]
    [MemberData(nameof(Types))]
    public async Task What_it_is_says_its_name_or_else_its_beginning(string name, byte[] content, string type)
    {
        var org = await services.App.NewOrganization();
        Assert.Equal(type, (await org.Owner.Attach(content, name)).Expect(201).Data.GetProperty("attachment").Text("contentType"));
    }

    public static TheoryData<string, byte[]> Programs => new()
    {
        { "setup.exe", Some },
        { "SETUP.EXE", Some },
        { "setup.exe. ", Some },
        { "invoice.pdf.js", Some },
        { "macro.vbs", Some },
        { "disk.iso", Some },
        { "invoice.pdf", [.. "MZ"u8, 0x90, 0, 3, 0, 0, 0] },
        { "invoice.pdf", [0x7F, .. "ELF"u8, 2, 1, 1, 0] },
        { "invoice", [0xCA, 0xFE, 0xBA, 0xBE, 0, 0, 0, 52] },
    };

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task Programs_are_refused_whatever_they_call_themselves(string name, byte[] content)
    {
        var org = await services.App.NewOrganization();
        Assert.Equal("type", Reason((await org.Owner.Attach(content, name)).Expect(400, "UPLOAD_ERROR")));
        Assert.Equal(0, await services.App.Scalar<long>("select count(*) from stored_files where organization_id = $1", org.Id));
    }

    [Fact]
    public async Task An_upload_sent_again_under_its_key_is_one()
    {
        var org = await services.App.NewOrganization();
        var key = ("Idempotency-Key", Guid.NewGuid().ToString());

        var first = (await org.Owner.Attach(Some, "plans.pdf", key)).Expect(201);
        var again = (await org.Owner.Attach(Some, "plans.pdf", key)).Expect(201);

        Assert.Equal(first.Body, again.Body);
        Assert.Equal(1, await services.App.Scalar<long>("select count(*) from stored_files where organization_id = $1", org.Id));
        (await org.Owner.Attach([4], "plans.pdf", key)).Expect(409, "IDEMPOTENCY_KEY_REUSED");
    }

    [Fact]
    public async Task While_the_store_is_down_no_file_can_be_named_and_what_is_left_is_swept()
    {
        await using var app = await services.StartApp();
        var org = await app.NewOrganization();
        app.Providers.Faults.Set(new Fault { Provider = "s3", Status = 503 });
        (await org.Owner.Attach(Some, "plans.pdf")).Expect(503, "PROVIDER_UNAVAILABLE");
        // Taken by the store, although it said otherwise.
        app.Providers.Faults.Set(new Fault { Provider = "s3", Status = 500, AnswerLost = true });
        (await org.Owner.Attach(Some, "plans.pdf")).Expect(503, "PROVIDER_UNAVAILABLE");
        app.Providers.Faults.Clear();

        app.Clock.Advance(TimeSpan.FromHours(1));
        await app.RunTimer("SweepFiles");

        await Until(async () => await app.Scalar<long>("select count(*) from stored_files") == 0);
    }

    [Fact]
    public async Task What_goes_with_no_message_for_a_day_is_deleted_and_what_does_stays()
    {
        await using var app = await services.StartApp();
        var org = await app.NewOrganization();
        var unused = (await org.Owner.Attach(Some, "unused.pdf")).Expect(201).Data.GetProperty("attachment");
        var used = await org.Owner.AddAttachment(Some);
        var contact = await org.AddCorrespondent(org.Owner);
        var message = (await org.Owner.WriteMailWith(contact, used)).Expect(201).Data.GetProperty("message").Id();

        app.Clock.Advance(TimeSpan.FromHours(23));
        await app.RunTimer("SweepFiles");
        Assert.Equal(2, await app.Scalar<long>("select count(*) from stored_files"));
        app.Clock.Advance(TimeSpan.FromHours(1));
        var owner = await app.SignInAs(org.Id, org.Owner.Id);
        // Due to go at any moment.
        (await owner.WriteMailWith(contact, unused.Id())).Expect(404, "ATTACHMENT_NOT_FOUND");
        await app.RunTimer("SweepFiles");

        await Until(async () => await app.Scalar<long>("select count(*) from stored_files") == 1);
        Assert.Equal(HttpStatusCode.NotFound, (await app.Http.GetAsync(unused.Text("url"), Ct)).StatusCode);
        var url = (await owner.Get($"/messages/{message}")).Expect(200).Data.GetProperty("attachments")[0].Text("url");
        Assert.Equal(Some, await app.Http.GetByteArrayAsync(url, Ct));
    }

    [Fact]
    public async Task Without_a_store_uploads_say_so()
    {
        await using var app = await services.StartApp(settings => settings["S3:Bucket"] = "");
        var org = await app.NewOrganization();
        (await org.Owner.Attach(Some, "plans.pdf")).Expect(503, "PROVIDER_NOT_CONFIGURED");
    }

    private static string? Reason(TestReply refused) =>
        refused.Json.GetProperty("error").GetProperty("details")[0].GetProperty("reason").GetString();

    private static async Task Until(Func<Task<bool>> happens)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        while (!await happens())
            await Task.Delay(50, patience.Token);
    }
}
