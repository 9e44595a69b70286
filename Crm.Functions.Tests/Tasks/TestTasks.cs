using System.Text.Json;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Tasks;

/// <summary>Tasks and deals for a test's organisation.</summary>
internal static class TestTasks
{
    /// <summary>A task as its creator gets it.</summary>
    public static async Task<JsonElement> AddTask(this TestClient user, object body) => (await user.Post("/tasks", body)).Expect(201).Data;

    /// <summary>A task of this title, due at this time; returns its id.</summary>
    public static async Task<Guid> AddTask(this TestClient user, string title, DateTimeOffset? due = null) =>
        (await user.AddTask(new { title, dueDate = due })).Id();

    public static Guid Id(this JsonElement element) => element.GetProperty("id").GetGuid();

    public static string? Text(this JsonElement element, string property) => element.GetProperty(property).GetString();

    /// <summary>The first moment of this time's day, in UTC.</summary>
    public static DateTimeOffset UtcDate(this DateTimeOffset time) => new(time.UtcDateTime.Date, TimeSpan.Zero);

    /// <summary>The titles of a list of tasks, in its order.</summary>
    public static string[] Titles(this JsonElement list) => [.. list.EnumerateArray().Select(task => task.Text("title")!)];

    /// <summary>The actions on a contact's timeline that are about tasks, oldest first.</summary>
    public static async Task<string[]> TaskActions(this TestClient user, Guid contactId) =>
        [.. (await user.TaskEntries(contactId)).Select(entry => entry.Text("action")!)];

    public static async Task<JsonElement[]> TaskEntries(this TestClient user, Guid contactId) =>
        [.. (await user.Get($"/contacts/{contactId}/timeline?type=task&pageSize=100")).Expect(200).Data.GetProperty("timeline").EnumerateArray().Reverse()];

    /// <summary>A pipeline of an open, a won and a lost stage, in this order.</summary>
    public static async Task<(Guid Pipeline, Guid[] Stages)> AddPipeline(this TestOrganization org)
    {
        var pipeline = Guid.CreateVersion7();
        await org.App.Sql(
            "insert into pipelines (organization_id, id, name, created_at, updated_at) values ($1, $2, 'Sales', $3, $3)",
            org.Id, pipeline, org.App.Clock.GetUtcNow());
        var stages = new List<Guid>();
        foreach (var type in new[] { "open", "won", "lost" })
        {
            var stage = Guid.CreateVersion7();
            await org.App.Sql(
                "insert into stages (organization_id, id, pipeline_id, name, position, type, probability, created_at) values ($1, $2, $3, $4, $5, $4, 50, $6)",
                org.Id, stage, pipeline, type, stages.Count, org.App.Clock.GetUtcNow());
            stages.Add(stage);
        }

        return (pipeline, [.. stages]);
    }

    /// <summary>A deal of <paramref name="owner"/>; returns its id.</summary>
    public static async Task<Guid> AddDeal(
        this TestOrganization org, TestUser owner, Guid contact, (Guid Pipeline, Guid[] Stages) pipeline,
        string status = "open", decimal value = 100, string currency = "USD", DateTimeOffset? closedAt = null)
    {
        var id = Guid.CreateVersion7();
        var stage = pipeline.Stages[Array.IndexOf(["open", "won", "lost"], status)];
        var now = org.App.Clock.GetUtcNow();
        await org.App.Sql(
            """
            insert into deals (organization_id, id, title, value, currency, contact_id, pipeline_id, stage_id, rank, status, owner_id,
                               stage_entered_at, last_activity_at, closed_at, created_at, updated_at)
            values ($1, $2, 'Forty chairs', $3, $4, $5, $6, $7, 'a', $8, $9, $10, $10, case when $8 = 'open' then null else $11 end, $10, $10)
            """,
            org.Id, id, value, currency, contact, pipeline.Pipeline, stage, status, owner.Id, now.AddDays(-1), closedAt ?? now);
        return id;
    }
}
