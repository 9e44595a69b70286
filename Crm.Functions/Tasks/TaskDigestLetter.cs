using Crm.Functions.Email;
using Crm.Functions.Tokens;

namespace Crm.Functions.Tasks;

/// <param name="FirstName">The user's.</param>
/// <param name="Overdue">How many tasks are overdue.</param>
/// <param name="DueToday">How many more are due today.</param>
/// <param name="OverdueTasks">The first of the overdue ones, oldest first.</param>
/// <param name="TasksDueToday">The first of today's.</param>
public sealed record TaskDigestLetter(string FirstName, long Overdue, long DueToday, string[] OverdueTasks, string[] TasksDueToday) : Letter
{
    public override LetterText Compose(Links links, LinkTokens tokens) => new(
        Subject,
        [
            $"Hello {FirstName},",
            .. Paragraphs("Due today", DueToday, TasksDueToday),
            .. Paragraphs("Overdue", Overdue, OverdueTasks),
            "You can switch this daily mail off in your profile.",
        ]);

    private string Subject => (DueToday, Overdue) switch
    {
        ( > 0, > 0) => $"{Tasks(DueToday)} due today, {Overdue} overdue",
        ( > 0, _) => $"{Tasks(DueToday)} due today",
        (_, > 0) => $"{Tasks(Overdue)} overdue",
        _ => "",
    };

    private static string Tasks(long count) => count == 1 ? "1 task" : $"{count} tasks";

    private static IEnumerable<string> Paragraphs(string heading, long count, string[] tasks) =>
        count == 0
            ? []
            : [$"{heading}:", .. tasks.Select(task => $"• {task}"), .. count > tasks.Length ? [$"and {count - tasks.Length} more"] : Array.Empty<string>()];
}
