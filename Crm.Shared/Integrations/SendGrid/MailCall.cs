namespace Crm.Shared.Integrations.SendGrid;

/// <summary>One call: what is the same for all its recipients, and what differs.</summary>
/// <param name="From">The sender, of a verified domain.</param>
/// <param name="ReplyTo">Where answers go; null: to the sender.</param>
/// <param name="Text">With the tags of the recipients' substitutions in it; null where there is only html.</param>
/// <param name="Html">With tags too; null where there is only text.</param>
/// <param name="Recipients">Up to a thousand, no address twice.</param>
public sealed record MailCall(MailSender From, string? ReplyTo, string? Text, string? Html, IReadOnlyList<MailRecipient> Recipients)
{
    /// <summary>What comes back in the events of all of them.</summary>
    public IReadOnlyDictionary<string, string> CustomArgs { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>What goes with it to all of them. The vendor takes 30 MB, encoded and with the texts.</summary>
    public IReadOnlyList<MailFile> Files { get; init; } = [];
}

/// <param name="Name">What the recipient saves it as.</param>
/// <param name="ContentType">What it is: a media type alone, without parameters.</param>
/// <param name="Content">Not empty.</param>
public sealed record MailFile(string Name, string ContentType, byte[] Content);

public sealed record MailSender(string Email, string? Name);

/// <param name="To">The address.</param>
/// <param name="Subject">As this recipient reads it: it has no tags.</param>
/// <param name="CustomArgs">What comes back in events.</param>
/// <param name="Headers">More headers of the mail.</param>
/// <param name="Substitutions">What stands in place of each tag.</param>
public sealed record MailRecipient(
    string To, string Subject, IReadOnlyDictionary<string, string> CustomArgs, IReadOnlyDictionary<string, string> Headers,
    IReadOnlyDictionary<string, string> Substitutions);
