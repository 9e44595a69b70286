using System.Net;
using System.Net.Http.Headers;
using Crm.Functions.Tests.Fixture;
using Crm.Local.Providers;

namespace Crm.Functions.Tests.Uploads;

public sealed class UploadTests(TestServices services)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("photo.jpg", "image/jpeg")]
    [InlineData("drawing.png", "image/png")]
    [InlineData("moving.gif", "image/gif")]
    [InlineData("photo.webp", "image/webp")]
    public async Task A_picture_is_there_for_everybody_at_the_address_that_is_answered(string name, string type)
    {
        var org = await services.App.NewOrganization();

        var answer = (await org.Staff.Upload($"/upload/avatar/user/{org.Staff.Id}", "avatar", Samples.Read(name))).Expect(200).Data;

        var url = answer.GetProperty("url").GetString()!;
        Assert.Equal(url, answer.GetProperty("avatar").GetString());
        Assert.Equal(url, answer.GetProperty("user").GetProperty("avatar").GetString());
        Assert.Contains($"/org/{org.Id}/avatars/", url, StringComparison.Ordinal);
        Assert.Equal(url, (await org.Staff.Get("/settings/profile")).Expect(200).Data.GetProperty("avatar").GetString());
        using var picture = await services.App.Http.GetAsync(url, Ct);
        Assert.Equal(HttpStatusCode.OK, picture.StatusCode);
        Assert.Equal(type, picture.Content.Headers.ContentType!.MediaType);
        Assert.Equal("public, max-age=31536000, immutable", picture.Headers.GetValues("Cache-Control").Single());
        Assert.Equal(Crm.Shared.Images.Picture.Read(Samples.Read(name))!.Content, await picture.Content.ReadAsByteArrayAsync(Ct));
    }

    [Fact]
    public async Task A_contacts_picture_makes_no_entry_in_its_timeline_and_shows_on_the_contact()
    {
        var org = await services.App.NewOrganization();
        var contact = await org.AddContact(org.Staff);

        var url = (await org.Staff.Upload($"/upload/avatar/contact/{contact}", "avatar", Samples.Read("photo.jpg"))).Expect(200).Data
            .GetProperty("contact").GetProperty("avatar").GetString();

        Assert.Equal(url, (await org.Staff.Get($"/contacts/{contact}")).Expect(200).Data.GetProperty("avatar").GetString());
        Assert.Equal(1, (await org.Staff.Get($"/contacts/{contact}/timeline")).Expect(200).Data.GetProperty("timeline").GetArrayLength());
    }

    [Fact]
    public async Task The_picture_before_is_deleted_and_nobody_elses()
    {
        var org = await services.App.NewOrganization();
        var colleagues = (await org.Manager.Upload($"/upload/avatar/user/{org.Manager.Id}", "avatar", Samples.Read("photo.jpg"))).Url();
        var first = (await org.Owner.Upload($"/upload/avatar/user/{org.Owner.Id}", "avatar", Samples.Read("photo.jpg"))).Url();

        var second = (await org.Owner.Upload($"/upload/avatar/user/{org.Owner.Id}", "avatar", Samples.Read("drawing.png"))).Url();

        await Gone(first);
        Assert.Equal(HttpStatusCode.OK, await Status(second));
        // An address of a colleague's picture in one's own profile makes it nobody's to delete.
        (await org.Owner.Patch("/settings/profile", new { avatar = colleagues })).Expect(200);
        await Gone(second);
        (await org.Owner.Upload($"/upload/avatar/user/{org.Owner.Id}", "avatar", Samples.Read("photo.webp"))).Expect(200);
        (await org.Owner.Patch("/settings/profile", new { avatar = (string?)null })).Expect(200);
        await services.App.Settled(org.Id);
        Assert.Equal(HttpStatusCode.OK, await Status(colleagues));
    }

    [Fact]
    public async Task Who_may_is_looked_at_before_the_target_and_the_target_before_the_file()
    {
        var org = await services.App.NewOrganization();
        var none = Guid.CreateVersion7();
        using var nothing = new StringContent("{}");
        nothing.Headers.ContentType = new MediaTypeHeaderValue("application/json");

        (await services.App.Anonymous.Post($"/upload/avatar/user/{none}")).Expect(401);
        (await org.Staff.Post("/upload/logo")).Expect(403, "FORBIDDEN");
        (await org.Manager.Post($"/upload/avatar/user/{org.Staff.Id}")).Expect(403, "FORBIDDEN");
        (await org.Staff.Post($"/upload/avatar/contact/{await org.AddContact(org.OtherStaff)}")).Expect(403, "FORBIDDEN");
        (await org.Owner.Post($"/upload/avatar/user/{none}", nothing)).Expect(404, "USER_NOT_FOUND");
        (await org.Owner.Post($"/upload/avatar/contact/{none}")).Expect(404, "CONTACT_NOT_FOUND");
        (await org.Owner.Post($"/upload/avatar/user/{org.Staff.Id}")).Expect(400, "NO_FILE");
    }

    [Fact]
    public async Task A_missing_an_empty_and_a_misnamed_file_are_none()
    {
        var org = await services.App.NewOrganization();

        (await org.Owner.Post("/upload/logo", "{}")).Expect(400, "NO_FILE");
        (await org.Owner.Upload("/upload/logo", "logo", [])).Expect(400, "NO_FILE");
        (await org.Owner.Upload("/upload/logo", "file", Samples.Read("photo.jpg"))).Expect(400, "NO_FILE");
        var reply = (await org.Owner.Upload("/upload/logo", "avatar", Samples.Read("photo.jpg"))).Expect(400, "NO_FILE");
        Assert.Contains("field logo", reply.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Five_mebibytes_are_taken_and_a_byte_more_is_not()
    {
        var org = await services.App.NewOrganization();
        const int Most = 5 * 1024 * 1024;

        (await org.Owner.Upload("/upload/logo", "logo", Samples.Png(Most))).Expect(200);

        var refused = (await org.Owner.Upload("/upload/logo", "logo", Samples.Png(Most + 1))).Expect(400, "UPLOAD_ERROR");
        Assert.Equal("size", refused.Json.GetProperty("error").GetProperty("details")[0].GetProperty("reason").GetString());
        (await org.Owner.Upload("/upload/logo", "logo", new byte[10 * 1024 * 1024 + 1])).Expect(413, "PAYLOAD_TOO_LARGE");
    }

    [Fact]
    public async Task What_is_no_whole_picture_is_refused_whatever_it_calls_itself()
    {
        var org = await services.App.NewOrganization();

        foreach (var file in new[] { "<script>alert(1)</script>"u8.ToArray(), Samples.Read("photo.jpg")[..^40] })
        {
            var refused = (await org.Owner.Upload("/upload/logo", "logo", file)).Expect(400, "UPLOAD_ERROR");
            Assert.Equal("type", refused.Json.GetProperty("error").GetProperty("details")[0].GetProperty("reason").GetString());
        }

        Assert.Equal(0, await services.App.Scalar<long>("select count(*) from stored_files where organization_id = $1", org.Id));
    }

    [Fact]
    public async Task While_the_store_is_down_nothing_changes_and_what_is_left_of_it_is_swept()
    {
        await using var app = await services.StartApp();
        var org = await app.NewOrganization();
        var before = (await org.Owner.Upload("/upload/logo", "logo", Samples.Read("photo.jpg"))).Url();
        app.Providers.Faults.Set(new Fault { Provider = "s3", Status = 503 });

        (await org.Owner.Upload("/upload/logo", "logo", Samples.Read("drawing.png"))).Expect(503, "PROVIDER_UNAVAILABLE");

        Assert.Equal(before, (await org.Owner.Get("/settings/organization")).Expect(200).Data.GetProperty("logo").GetString());
        // Taken by the store, although it said otherwise.
        app.Providers.Faults.Set(new Fault { Provider = "s3", Status = 500, AnswerLost = true });
        (await org.Owner.Upload("/upload/logo", "logo", Samples.Read("drawing.png"))).Expect(503, "PROVIDER_UNAVAILABLE");
        app.Providers.Faults.Clear();
        Assert.Equal(3, await Files());

        await app.RunTimer("SweepFiles");
        Assert.Equal(3, await Files());
        app.Clock.Advance(TimeSpan.FromHours(1));
        await app.RunTimer("SweepFiles");

        await Until(async () => await Files() == 1);
        Assert.Equal(HttpStatusCode.OK, await Status(before));

        Task<long> Files() => app.Scalar<long>("select count(*) from stored_files where organization_id = $1", org.Id);
    }

    [Fact]
    public async Task An_upload_sent_again_under_its_key_is_one()
    {
        var org = await services.App.NewOrganization();
        var key = Guid.NewGuid().ToString();

        var first = (await org.Owner.Upload("/upload/logo", "logo", Samples.Read("photo.jpg"), ("Idempotency-Key", key))).Expect(200);
        var again = (await org.Owner.Upload("/upload/logo", "logo", Samples.Read("photo.jpg"), ("Idempotency-Key", key))).Expect(200);

        Assert.Equal(first.Body, again.Body);
        Assert.Equal(HttpStatusCode.OK, await Status(first.Url()));
    }

    [Fact]
    public async Task Without_a_store_uploads_say_so_and_the_system_page_too()
    {
        await using var app = await services.StartApp(settings => settings["S3:Bucket"] = "");
        var org = await app.NewOrganization();

        (await org.Owner.Upload("/upload/logo", "logo", Samples.Read("photo.jpg"))).Expect(503, "PROVIDER_NOT_CONFIGURED");

        Assert.False((await org.Owner.Get("/settings/system")).Expect(200).Data.GetProperty("features").GetProperty("uploads").GetBoolean());
        (await org.Owner.Upload("/upload/logo", "logo", [])).Expect(400, "NO_FILE");
    }

    [Fact]
    public async Task A_public_address_of_its_own_is_what_pictures_are_shown_by()
    {
        await using var app = await services.StartApp(settings => settings["S3:PublicUrl"] = "https://cdn.example.com/files/");
        var org = await app.NewOrganization();

        var first = (await org.Owner.Upload("/upload/logo", "logo", Samples.Read("photo.jpg"))).Url();
        (await org.Owner.Upload("/upload/logo", "logo", Samples.Read("photo.jpg"))).Expect(200);

        Assert.Matches($"^https://cdn\\.example\\.com/files/org/{org.Id}/logos/[0-9a-f-]{{36}}\\.jpg$", first);
        await Until(async () => await app.Scalar<long>("select count(*) from stored_files where organization_id = $1", org.Id) == 1);
    }

    private async Task<HttpStatusCode> Status(string url)
    {
        using var answer = await services.App.Http.GetAsync(url, Ct);
        return answer.StatusCode;
    }

    private Task Gone(string url) => Until(async () => await Status(url) == HttpStatusCode.NotFound);

    private static async Task Until(Func<Task<bool>> happens)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        while (!await happens())
            await Task.Delay(50, patience.Token);
    }
}

internal static class Uploading
{
    public static async Task<TestReply> Upload(
        this TestClient client, string path, string field, byte[] file, params (string Name, string Value)[] headers)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(file), field, "picture" } };
        return await client.Post(path, form, headers);
    }

    public static string Url(this TestReply reply) => reply.Expect(200).Data.GetProperty("url").GetString()!;
}
