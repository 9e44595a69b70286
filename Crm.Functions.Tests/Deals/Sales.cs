using System.Text.Json;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Deals;

/// <summary>An organisation's pipeline, by the names of its stages, and what tests do with deals.</summary>
public sealed record Sales(TestOrganization Org, Guid PipelineId, IReadOnlyDictionary<string, Guid> Stages)
{
    public static async Task<Sales> Of(TestOrganization org)
    {
        var pipeline = (await org.Owner.Get("/pipelines")).Expect(200).Data.GetProperty("pipelines")[0];
        return new(
            org, pipeline.Id("id"),
            pipeline.GetProperty("stages").EnumerateArray().ToDictionary(stage => stage.Text("name"), stage => stage.Id("id"), StringComparer.Ordinal));
    }

    public Guid Stage(string name) => Stages[name];

    public async Task<Guid> AddDeal(TestUser owner, string title = "Desks", decimal value = 100, string? stage = null, Guid? contactId = null)
    {
        var reply = await owner.Post(
            "/deals", new { title, value, contactId = contactId ?? await Org.AddContact(owner), stageId = stage is null ? (Guid?)null : Stage(stage) });
        return reply.Expect(201).Data.Id("id");
    }

    public Task<TestReply> Move(TestUser user, Guid deal, string stage, int? position = null) =>
        user.Post($"/deals/{deal}/move", new { stageId = Stage(stage), position });

    public async Task<JsonElement> Deal(Guid id) => (await Org.Owner.Get($"/deals/{id}")).Expect(200).Data;

    /// <summary>The column as this user sees it, by title.</summary>
    public async Task<string[]> Titles(TestUser user, string stage)
    {
        var board = (await user.Get($"/deals?perStage=100&stageId={Stage(stage)}")).Expect(200).Data;
        return [.. board.GetProperty("stages")[0].GetProperty("deals").EnumerateArray().Select(deal => deal.Text("title"))];
    }

    public async Task<JsonElement[]> Timeline(Guid contactId) =>
        [.. (await Org.Owner.Get($"/contacts/{contactId}/timeline?type=deal&pageSize=100")).Expect(200).Data.GetProperty("timeline").EnumerateArray()];

    public async Task Set(string settings) => (await Org.Owner.Patch("/settings/organization", $$"""{"settings":{{settings}}}""")).Expect(200);
}

internal static class JsonReading
{
    public static Guid Id(this JsonElement json, string name) => json.GetProperty(name).GetGuid();

    public static string Text(this JsonElement json, string name) => json.GetProperty(name).GetString()!;

    public static decimal Money(this JsonElement json, string name) => json.GetProperty(name).GetDecimal();

    public static long Number(this JsonElement json, string name) => json.GetProperty(name).GetInt64();

    public static bool IsNull(this JsonElement json, string name) => json.GetProperty(name).ValueKind == JsonValueKind.Null;
}
