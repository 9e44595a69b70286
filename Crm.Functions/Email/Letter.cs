using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Email;

/// <summary>
/// A transactional mail as it waits in the database: names and ids. Its text, and any link in it, is made when it is sent.
/// </summary>
[JsonDerivedType(typeof(InvitationLetter), "invitation")]
[JsonDerivedType(typeof(InvitationAcceptedLetter), "invitation_accepted")]
[JsonDerivedType(typeof(PasswordResetLetter), "password_reset")]
[JsonDerivedType(typeof(PasswordChangedLetter), "password_changed")]
[JsonDerivedType(typeof(TaskAssignedLetter), "task_assigned")]
[JsonDerivedType(typeof(TaskReminderLetter), "task_reminder")]
[JsonDerivedType(typeof(TaskDigestLetter), "task_digest")]
public abstract record Letter
{
    public abstract LetterText Compose(Links links, LinkTokens tokens);
}

/// <summary>What a letter says: paragraphs, and perhaps one thing to click.</summary>
public sealed record LetterText(string Subject, string[] Paragraphs, string? ButtonLabel = null, string? ButtonLink = null)
{
    public string Text => string.Join("\n\n", [.. Paragraphs, .. ButtonLink is null ? Array.Empty<string>() : [$"{ButtonLabel}: {ButtonLink}"]]) + "\n";

    public string Html => $"""
        <!doctype html>
        <html lang="en"><body style="margin:0;padding:32px 16px;background:#f4f5f7;font:16px/1.5 system-ui,sans-serif;color:#1c2430">
        <div style="max-width:520px;margin:0 auto;padding:32px;background:#fff;border-radius:12px">
        {string.Concat(Paragraphs.Select(paragraph => $"<p style=\"margin:0 0 16px\">{WebUtility.HtmlEncode(paragraph)}</p>\n"))}{Button}</div></body></html>
        """;

    private string Button => ButtonLink is null ? "" : $"""
        <p style="margin:24px 0"><a href="{WebUtility.HtmlEncode(ButtonLink)}" style="display:inline-block;padding:12px 20px;background:#2456e6;color:#fff;text-decoration:none;border-radius:8px">{WebUtility.HtmlEncode(ButtonLabel)}</a></p>
        <p style="margin:0;font-size:13px;color:#667">Or copy this address: {WebUtility.HtmlEncode(ButtonLink)}</p>

        """;
}

public sealed record InvitationLetter(Guid InvitationId, int Issue, string Organization, string Inviter, string Role, string? Name) : Letter
{
    public override LetterText Compose(Links links, LinkTokens tokens) => new(
        $"{Inviter} invites you to {Organization}",
        [Name is null ? "Hello," : $"Hello {Name},", $"{Inviter} invites you to join {Organization} as {Role}.", "The link is good for seven days and for one person: you."],
        "Accept the invitation",
        links.AcceptInvitation(tokens.Invitation(InvitationId, Issue)));
}

public sealed record InvitationAcceptedLetter(string InviterFirstName, string Name, string Email) : Letter
{
    public override LetterText Compose(Links links, LinkTokens tokens) => new(
        $"{Name} has joined",
        [$"Hello {InviterFirstName},", $"{Name} ({Email}) has accepted your invitation and can sign in from now on."]);
}

public sealed record PasswordResetLetter(Guid ResetId, string FirstName) : Letter
{
    public override LetterText Compose(Links links, LinkTokens tokens) => new(
        "Choose a new password",
        [$"Hello {FirstName},", "Somebody, hopefully you, asked for a new password. The link is good for one hour. If it was not you, ignore this mail."],
        "Choose a new password",
        links.ResetPassword(tokens.PasswordReset(ResetId)));
}

/// <param name="FirstName">Whose password it is.</param>
/// <param name="BySignedInUser">Changed in a session, which goes on; otherwise with a link from a mail.</param>
public sealed record PasswordChangedLetter(string FirstName, bool BySignedInUser = false) : Letter
{
    public override LetterText Compose(Links links, LinkTokens tokens) => new(
        "Your password was changed",
        [$"Hello {FirstName},", $"Your password was changed and all your {(BySignedInUser ? "other " : "")}sessions were ended. If it was not you, choose a new password at once and tell an owner of your organisation."]);
}

/// <param name="FirstName">The assignee's.</param>
/// <param name="Assigner">Who assigned the task.</param>
/// <param name="Title">The task's title.</param>
/// <param name="Due">When it is due, as the assignee's calendar has it.</param>
public sealed record TaskAssignedLetter(string FirstName, string Assigner, string Title, string? Due) : Letter
{
    public override LetterText Compose(Links links, LinkTokens tokens) => new(
        $"{Assigner} assigned you a task: {Title}",
        [$"Hello {FirstName},", $"{Assigner} assigned you a task:", Title, Due is null ? "It has no due date." : $"It is due {Due}."]);
}

/// <param name="FirstName">The assignee's.</param>
/// <param name="Title">The task's title.</param>
/// <param name="Due">When it is due, as the assignee's calendar has it.</param>
public sealed record TaskReminderLetter(string FirstName, string Title, string? Due) : Letter
{
    public override LetterText Compose(Links links, LinkTokens tokens) => new(
        $"Reminder: {Title}",
        [$"Hello {FirstName},", "You asked to be reminded of this task:", Title, Due is null ? "It has no due date." : $"It is due {Due}."]);
}

/// <param name="FirstName">The user's.</param>
/// <param name="Overdue">How many tasks are overdue.</param>
/// <param name="DueToday">How many more are due today.</param>
/// <param name="OverdueTasks">The first of the overdue ones, oldest first.</param>
/// <param name="TasksDueToday">The first of today's.</param>
public sealed record TaskDigestLetter(string FirstName, long Overdue, long DueToday, string[] OverdueTasks, string[] TasksDueToday) : Letter
{
    public override LetterText Compose(Links links, LinkTokens tokens) => new(
        string.Join(", ", new[] { DueToday > 0 ? $"{Tasks(DueToday)} due today" : null, Overdue > 0 ? $"{(DueToday > 0 ? Overdue : Tasks(Overdue))} overdue" : null }.OfType<string>()),
        [
            $"Hello {FirstName},",
            .. Paragraphs("Due today", DueToday, TasksDueToday),
            .. Paragraphs("Overdue", Overdue, OverdueTasks),
            "You can switch this daily mail off in your profile.",
        ]);

    private static string Tasks(long count) => count == 1 ? "1 task" : $"{count} tasks";

    private static IEnumerable<string> Paragraphs(string heading, long count, string[] tasks) =>
        count == 0 ? [] : [$"{heading}:", .. tasks.Select(task => $"• {task}"), .. count > tasks.Length ? [$"and {count - tasks.Length} more"] : Array.Empty<string>()];
}

public static class OutgoingEmail
{
    // The rows are jsonb, which keeps no order of keys: the letter's kind need not come first.
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { AllowOutOfOrderMetadataProperties = true };

    private const string InsertSql = """
        insert into emails (organization_id, id, kind, recipient, data, due_at, created_at)
        values (@OrganizationId, @Id, @Kind, @Recipient, @Data::jsonb, @Now, @Now)
        """;

    private const string InsertAllSql = """
        insert into emails (organization_id, id, kind, recipient, data, due_at, created_at)
        select organization_id, id, kind, recipient, data::jsonb, @Now, @Now
        from unnest(@Organizations, @Ids, @Kinds, @Recipients, @Data) as e (organization_id, id, kind, recipient, data)
        """;

    /// <summary>Sends letters to many, perhaps of several organisations, if and only if the transaction commits.</summary>
    public static async Task SendEmails(this DbTransaction tx, IReadOnlyCollection<(Guid OrganizationId, string Recipient, Letter Letter)> mails)
    {
        var messages = mails.Select(mail => (mail.OrganizationId, new SendEmail.Message(mail.OrganizationId, Guid.CreateVersion7(tx.Now)))).ToArray();
        await tx.Execute(InsertAllSql, new
        {
            Organizations = mails.Select(mail => mail.OrganizationId).ToArray(),
            Ids = messages.Select(message => message.Item2.EmailId).ToArray(),
            Kinds = mails.Select(mail => Kind(mail.Letter)).ToArray(),
            Recipients = mails.Select(mail => mail.Recipient).ToArray(),
            Data = mails.Select(mail => JsonSerializer.Serialize(mail.Letter, Json)).ToArray(),
            tx.Now,
        });
        await tx.SendAll(Queues.SendEmail, messages);
    }

    private static string Kind(Letter letter) => letter.GetType().Name.Replace("Letter", "", StringComparison.Ordinal);

    /// <summary>Sends a letter if and only if the transaction commits.</summary>
    public static async Task SendEmail(this DbTransaction tx, string recipient, Letter letter)
    {
        var id = Guid.CreateVersion7(tx.Now);
        await tx.Execute(InsertSql, new
        {
            Id = id,
            Kind = Kind(letter),
            Recipient = recipient,
            Data = JsonSerializer.Serialize(letter, Json),
            tx.Now,
        });
        await tx.Send(Queues.SendEmail, new SendEmail.Message(tx.Scope.OrganizationId, id));
    }
}
