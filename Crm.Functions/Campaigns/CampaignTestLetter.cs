using System.Net;
using Crm.Functions.Email;
using Crm.Functions.Tokens;

namespace Crm.Functions.Campaigns;

/// <summary>A campaign as it would look, to a colleague: rendered already, for it is to show what was tried and not what became of it since.</summary>
public sealed record CampaignTestLetter(string Subject, string Content, string? HtmlContent) : Letter
{
    public override LetterText Compose(Links links, LinkTokens tokens) => new Finished(Subject, Content, HtmlContent);

    private sealed record Finished(string Subject, string Content, string? HtmlContent) : LetterText(Subject, [Content])
    {
        public override string Text => Content;

        // A text alone is shown as it is.
        public override string Html => HtmlContent ?? $"<pre style=\"font:inherit;white-space:pre-wrap\">{WebUtility.HtmlEncode(Content)}</pre>";
    }
}
