using Crm.Functions.Email;
using Crm.Functions.Tokens;

namespace Crm.Functions.Auth;

/// <param name="FirstName">Whose password it is.</param>
/// <param name="BySignedInUser">Changed in a session, which goes on; otherwise with a link from a mail.</param>
public sealed record PasswordChangedLetter(string FirstName, bool BySignedInUser = false) : Letter
{
    public override LetterText Compose(Links links, LinkTokens tokens) => new(
        "Your password was changed",
        [
            $"Hello {FirstName},",
            $"Your password was changed and all your {(BySignedInUser ? "other " : "")}sessions were ended. "
                + "If it was not you, choose a new password at once and tell an owner of your organisation.",
        ]);
}
