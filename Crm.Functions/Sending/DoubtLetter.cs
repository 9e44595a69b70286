using Crm.Functions.Email;
using Crm.Functions.Tokens;

namespace Crm.Functions.Sending;

/// <param name="FirstName">Whose messages they are, or an owner's.</param>
/// <param name="Recipients">How many are in doubt.</param>
/// <param name="Campaign">The campaign's name; null of single messages.</param>
public sealed record DoubtLetter(string FirstName, long Recipients, string? Campaign) : Letter
{
    public override LetterText Compose(Links links, LinkTokens tokens) => new(
        $"It is being found out whether {Messages} went out",
        [
            $"Hello {FirstName},",
            $"the connection was lost while {Messages}{(Campaign is null ? "" : $" of the campaign {Campaign}")} were handed over, so whether the provider "
                + "took them is not known yet. It is found out by what the provider tells: they are marked as sent, or are sent again, usually within half an "
                + "hour.",
            "You need not do anything.",
        ]);

    private string Messages => Recipients == 1 ? "one message" : $"{Recipients} messages";
}
