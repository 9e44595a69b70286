using Crm.Functions.Email;
using Crm.Functions.Tokens;

namespace Crm.Functions.Auth;

/// <summary>
/// Its link belongs to an issue of an invitation; the hash of the link's token says which key it was derived from, which may change before the
/// letter is sent.
/// </summary>
public sealed record InvitationLetter(
    Guid InvitationId, int Issue, string Organization, string Inviter, string Role, string? Name, byte[]? TokenHash = null) : Letter
{
    public override LetterText Compose(Links links, LinkTokens tokens) => new(
        $"{Inviter} invites you to {Organization}",
        [
            Name is null ? "Hello," : $"Hello {Name},", $"{Inviter} invites you to join {Organization} as {Role}.",
            "The link is good for seven days and for one person: you.",
        ],
        "Accept the invitation",
        links.AcceptInvitation(tokens.Invitation(InvitationId, Issue, TokenHash)));
}
