using System.ComponentModel.DataAnnotations;

namespace Crm.Local.Providers.Mail;

/// <summary>
/// A mail that somebody writes to the app. <see cref="InReplyTo"/> is a message's id in the mailbox or its Message-ID; who answers a mail of the mailbox may
/// leave out from, to and subject. <see cref="Charset"/> is what the texts are encoded in.
/// </summary>
internal sealed record WrittenMail
{
    public string? From { get; init; }
    public string? To { get; init; }
    public string? Subject { get; init; }

    [Required(AllowEmptyStrings = true)]
    public string? Text { get; init; }

    public string? Html { get; init; }
    public string? InReplyTo { get; init; }
    public string? Charset { get; init; }
    public IReadOnlyDictionary<string, string>? Headers { get; init; }
    public IReadOnlyList<WrittenAttachment>? Attachments { get; init; }
}

/// <summary><see cref="Content"/> is base64.</summary>
internal sealed record WrittenAttachment(string FileName, string? Type, string? Content);
