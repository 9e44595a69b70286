using System.Globalization;
using Crm.Functions.Email;
using Crm.Functions.Tokens;

namespace Crm.Functions.Exports;

/// <summary>Brings the link to a file that was made in the background.</summary>
public sealed record ExportReadyLetter(Guid ExportId, string FileName, long Rows, DateTimeOffset ExpiresAt) : Letter
{
    public override LetterText Compose(Links links, LinkTokens tokens) => new(
        $"Your export {FileName} is ready",
        [
            string.Create(CultureInfo.InvariantCulture, $"The file {FileName} has {Rows:#,0} rows."),
            string.Create(
                CultureInfo.InvariantCulture,
                $"Whoever has this link can download it until {ExpiresAt:d MMMM yyyy, HH:mm} UTC. Do not pass it on to anybody who may not see its content."),
        ],
        "Download", links.Export(tokens.Export(ExportId)));
}
