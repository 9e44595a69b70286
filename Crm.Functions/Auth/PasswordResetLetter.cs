using Crm.Functions.Email;
using Crm.Functions.Tokens;

namespace Crm.Functions.Auth;

public sealed record PasswordResetLetter(Guid ResetId, string FirstName) : Letter
{
    public override LetterText Compose(Links links, LinkTokens tokens) => new(
        "Choose a new password",
        [$"Hello {FirstName},", "Somebody, hopefully you, asked for a new password. The link is good for one hour. If it was not you, ignore this mail."],
        "Choose a new password",
        links.ResetPassword(tokens.PasswordReset(ResetId)));
}
