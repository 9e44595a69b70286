using Crm.Functions.Email;
using Crm.Functions.Tokens;

namespace Crm.Functions.Tasks;

/// <param name="FirstName">The assignee's.</param>
/// <param name="Title">The task's title.</param>
/// <param name="Due">When it is due, as the assignee's calendar has it.</param>
public sealed record TaskReminderLetter(string FirstName, string Title, string? Due) : Letter
{
    public override LetterText Compose(Links links, LinkTokens tokens) => new(
        $"Reminder: {Title}",
        [$"Hello {FirstName},", "You asked to be reminded of this task:", Title, Due is null ? "It has no due date." : $"It is due {Due}."]);
}
