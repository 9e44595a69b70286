using System.Text;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Hosting;

/// <summary>Forms with files: broken ones, and the same one sent twice.</summary>
public sealed class MultipartTests(TestServices services)
{
    private const string File = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.csv\"\r\n\r\nemail\na@x.example\n\r\n--b--\r\n";

    public static TheoryData<string, string> Broken => new()
    {
        { "multipart/form-data", File },
        { "multipart/form-data; boundary=", File },
        { "multipart/form-data; boundary=\"\"", File },
        { $"multipart/form-data; boundary={new string('b', 300)}", File },
        { "multipart/form-data; boundary=b", "--b\r\nno header\r\n\r\nx\r\n--b--\r\n" },
        { "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.csv\"\r\n\r\nemail\na@x" },
        { "multipart/form-data; boundary=b", $"--b\r\nX: {new string('x', 20_000)}\r\n\r\nx\r\n--b--\r\n" },
        { "multipart/form-data; boundary=b", $"--b\r\n{string.Concat(Enumerable.Range(0, 50).Select(number => $"X{number}: x\r\n"))}\r\nx\r\n--b--\r\n" },
        {
            "multipart/form-data; boundary=b",
            string.Concat(Enumerable.Range(0, 1100).Select(number => $"--b\r\nContent-Disposition: form-data; name=\"f{number}\"\r\n\r\nx\r\n"))
                + "--b--\r\n"
        },
        { "multipart/form-data; boundary=b", $"--b\r\nContent-Disposition: form-data; name=\"{new string('n', 3000)}\"\r\n\r\nx\r\n--b--\r\n" },
        { "multipart/form-data; boundary=b", $"--b\r\nContent-Disposition: form-data; name=\"mapping\"\r\n\r\n{new string('x', 5_000_000)}\r\n--b--\r\n" },
        { "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: nonsense;;;===\r\n\r\nx\r\n--b--\r\n" },
        { "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"file\"; filename*=UTF-8''%ZZ%\r\n\r\nx\r\n--b--\r\n" },
        {
            "multipart/form-data; boundary=b",
            "--b\r\nContent-Disposition: form-data; name=\"mapping\"\r\nContent-Type: text/plain; charset=utf-7\r\n\r\nx\r\n--b--\r\n"
        },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task A_broken_form_is_refused_in_the_envelope(string type, string body)
    {
        var org = await services.App.NewOrganization();
        foreach (var key in new[] { null, Guid.NewGuid().ToString() })
        {
            using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            content.Headers.TryAddWithoutValidation("Content-Type", type);

            var reply = await org.Owner.Post("/contacts/import", content, key is null ? [] : [("Idempotency-Key", key)]);

            Assert.True(reply.Status == 400 && reply.Code is "VALIDATION_ERROR" or "NO_FILE", $"{type}: {reply.Status} {reply.Body}");
        }
    }

    [Fact]
    public async Task An_upload_sent_again_under_its_key_is_the_same_although_its_boundary_differs()
    {
        var org = await services.App.NewOrganization();
        var key = ("Idempotency-Key", Guid.NewGuid().ToString());

        var first = (await Upload("first", "fair", "email\na@x.example\n")).Expect(202);
        var again = (await Upload("second", "fair", "email\na@x.example\n")).Expect(202);

        Assert.Equal(first.Body, again.Body);
        Assert.Equal("true", again.Headers["Idempotency-Replayed"]);
        Assert.Equal(1, await services.App.Scalar<long>("select count(*) from imports where organization_id = $1", org.Id));
        (await Upload("third", "fairs", "email\na@x.example\n")).Expect(409, "IDEMPOTENCY_KEY_REUSED");
        (await Upload("fourth", "fair", "email\nb@x.example\n")).Expect(409, "IDEMPOTENCY_KEY_REUSED");
        (await Upload("fifth", "fair", "email\na@x.example\n", "others.csv")).Expect(409, "IDEMPOTENCY_KEY_REUSED");

        async Task<TestReply> Upload(string boundary, string tags, string file, string name = "people.csv")
        {
            using var form = new MultipartFormDataContent(boundary) { { new StringContent(file), "file", name }, { new StringContent(tags), "tags" } };
            return await org.Owner.Post("/contacts/import", form, key);
        }
    }
}
