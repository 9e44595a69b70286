using System.Text.Json;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Settings;

/// <summary>What the tests of the team share: work for its members, written as the other areas keep it.</summary>
internal static class TeamTesting
{
    /// <summary>A stage of each type in a pipeline; returns the ids of the pipeline and of the open, won and lost stages.</summary>
    public static async Task<(Guid Pipeline, Dictionary<string, Guid> Stages)> AddPipeline(this TestOrganization org)
    {
        var pipeline = Guid.CreateVersion7();
        await org.App.Sql(
            "insert into pipelines (organization_id, id, name, created_at, updated_at) values ($1, $2, 'Team test', now(), now())", org.Id, pipeline);
        var stages = new Dictionary<string, Guid>(StringComparer.Ordinal);
        foreach (var type in new[] { "open", "won", "lost" })
        {
            stages[type] = Guid.CreateVersion7();
            await org.App.Sql(
                "insert into stages (organization_id, id, pipeline_id, name, position, type, probability, created_at)"
                    + " values ($1, $2, $3, $4, $5, $4, 50, now())",
                org.Id, stages[type], pipeline, type, stages.Count);
        }

        return (pipeline, stages);
    }

    public static async Task<Guid> AddDeal(
        this TestOrganization org, (Guid Pipeline, Dictionary<string, Guid> Stages) board, TestUser owner, Guid contact, string status = "open")
    {
        var id = Guid.CreateVersion7();
        await org.App.Sql(
            """
            insert into deals (organization_id, id, title, currency, contact_id, pipeline_id, stage_id, rank, status, owner_id,
                               stage_entered_at, last_activity_at, created_at, updated_at)
            values ($1, $2, 'Deal', 'USD', $3, $4, $5, 'a', $6, $7, now(), now(), now(), now())
            """,
            org.Id, id, contact, board.Pipeline, board.Stages[status], status, owner.Id);
        return id;
    }

    public static async Task<Guid> AddTask(this TestOrganization org, TestUser assignee, string status = "pending")
    {
        var id = Guid.CreateVersion7();
        await org.App.Sql(
            "insert into tasks (organization_id, id, title, status, assignee_id, created_by, created_at, updated_at)"
                + " values ($1, $2, 'Task', $3, $4, $4, now(), now())",
            org.Id, id, status, assignee.Id);
        return id;
    }

    public static async Task<JsonElement> Member(this TestUser owner, TestUser user, string query = "") =>
        (await owner.Get($"/settings/team{query}"))
            .Expect(200).Data.GetProperty("members").EnumerateArray().Single(member => member.GetProperty("id").GetGuid() == user.Id);

    public static string[] Emails(this TestReply reply) =>
        [.. reply.Expect(200).Data.GetProperty("members").EnumerateArray().Select(member => member.GetProperty("email").GetString()!)];
}
