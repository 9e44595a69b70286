using System.Text;
using System.Text.Json;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Contacts.Bulk;

/// <summary>What a person does with a file of contacts.</summary>
internal static class Importing
{
    public static int Number(JsonElement import, string name) => import.GetProperty(name).GetInt32();

    public static async Task<JsonElement> Import(TestUser user, string file, params (string Name, string Value)[] fields)
    {
        var import = (await Upload(user, file, fields)).Expect(202).Data;
        return (await Follow(user, import)).GetProperty("import");
    }

    public static async Task<JsonElement> Follow(TestUser user, JsonElement import, string status = "completed")
    {
        for (var tries = 0; tries < 600; tries++)
        {
            var reply = (await user.Get($"/contacts/import/{import.GetProperty("id").GetGuid()}")).Expect(200).Data;
            if (reply.GetProperty("import").GetProperty("status").GetString() == status)
                return reply;
            await Task.Delay(50);
        }

        throw new InvalidOperationException($"The import never became {status}.");
    }

    public static async Task<TestReply> Upload(TestUser user, string file, params (string Name, string Value)[] fields)
    {
        using var form = new MultipartFormDataContent();
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(file));
        form.Add(content, "file", "contacts.csv");
        foreach (var (name, value) in fields)
            form.Add(new StringContent(value), name);
        return await user.Post("/contacts/import", form);
    }
}
