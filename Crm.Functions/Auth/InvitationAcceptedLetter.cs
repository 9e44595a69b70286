using Crm.Functions.Email;
using Crm.Functions.Tokens;

namespace Crm.Functions.Auth;

public sealed record InvitationAcceptedLetter(string InviterFirstName, string Name, string Email) : Letter
{
    public override LetterText Compose(Links links, LinkTokens tokens) => new(
        $"{Name} has joined",
        [$"Hello {InviterFirstName},", $"{Name} ({Email}) has accepted your invitation and can sign in from now on."]);
}
