using Crm.Shared.Database;

namespace Crm.Functions.Admin;

/// <summary>The demo organisation's tasks: some late, some for today and the days after, some done.</summary>
internal static class DemoTasks
{
    private const int Count = 30;
    private const int FirstDay = -4;
    private const int Days = 12;

    private static readonly string[] Titles =
    [
        "Call back about the offer", "Send the price list", "Prepare the demo", "Ask for the purchase order", "Book the delivery", "Check the invoice address",
    ];
    private static readonly string[] Priorities = ["medium", "high", "low", "medium", "urgent"];

    private const string Sql = """
        insert into tasks (organization_id, id, title, status, priority, due_at, contact_id, assignee_id, created_by,
                           completed_at, completed_by, created_at, updated_at)
        select @OrganizationId, id, title, case when is_done then 'completed' else 'pending' end, priority, due_at, contact_id, user_id, user_id,
               case when is_done then due_at - interval '2 hours' end, case when is_done then user_id end,
               due_at - interval '9 days', due_at - interval '9 days'
        from unnest(@Ids, @Titles, @Priorities, @Dues, @ContactIds, @UserIds, @AreDone) as t (id, title, priority, due_at, contact_id, user_id, is_done)
        """;

    public static Task<int> Add(DbTransaction tx, IReadOnlyList<DemoPerson> people)
    {
        var numbers = Enumerable.Range(0, Count).ToArray();
        // Everybody has some for each part of their day: the people's owners take turns, and shift by one with each round of days.
        var owners = numbers.Select(number => people[(number * 7 + number / Days) % people.Count]).ToArray();
        // Five in the afternoon, UTC: within working hours where the demo organisation is.
        var dues = numbers.Select(number => tx.Now.UtcDateTime.Date.AddDays(FirstDay + number % Days).AddHours(17)).ToArray();
        return tx.Execute(Sql, new
        {
            Ids = numbers.Select(number => Demo.Task(number + 1)).ToArray(),
            Titles = numbers.Select(number => $"{Titles[number % Titles.Length]}: {owners[number].Company}").ToArray(),
            Priorities = numbers.Select(number => Priorities[number % Priorities.Length]).ToArray(),
            Dues = dues.Select(due => DateTime.SpecifyKind(due, DateTimeKind.Utc)).ToArray(),
            ContactIds = owners.Select(person => person.Id).ToArray(),
            UserIds = owners.Select(person => person.OwnerId).ToArray(),
            AreDone = numbers.Select(number => dues[number] < tx.Now.UtcDateTime && number % 2 != 0).ToArray(),
        });
    }
}
