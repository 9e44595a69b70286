using Crm.Functions.Email;
using Crm.Functions.Tokens;

namespace Crm.Functions.Auth;

/// <param name="ResetId">The row its link belongs to.</param>
/// <param name="FirstName">Whom it greets.</param>
/// <param name="TokenHash">The hash of the link's token: the key may change before the letter is sent.</param>
public sealed record PasswordResetLetter(Guid ResetId, string FirstName, byte[]? TokenHash = null) : Letter
{
    public override LetterText Compose(Links links, LinkTokens tokens) => new(
        "Choose a new password",
        [$"Hello {FirstName},", "Somebody, hopefully you, asked for a new password. The link is good for one hour. If it was not you, ignore this mail."],
        "Choose a new password",
        links.ResetPassword(tokens.PasswordReset(ResetId, TokenHash)));
}
