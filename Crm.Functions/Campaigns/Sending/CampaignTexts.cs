using Crm.Shared.Liquid;

namespace Crm.Functions.Campaigns.Sending;

/// <summary>A campaign's texts as its first send froze them, links already leading to the tracker.</summary>
/// <param name="Subject">Of a mail.</param>
/// <param name="SubjectB">The other one of a test.</param>
/// <param name="Content">Plain text.</param>
/// <param name="Html">Of a mail that has any.</param>
internal sealed record CampaignTexts(string? Subject, string? SubjectB, string? Content, string? Html)
{
    /// <summary>The subject that a recipient reads.</summary>
    public string SubjectOf(string? variant, string? winner) => (variant ?? winner) == "b" && SubjectB is not null ? SubjectB : Subject ?? "";

    public static LiquidText? Read(string? text, TextKind kind) => text is null
        ? null
        : LiquidText.Read(text, kind).Text ?? throw new InvalidOperationException("A campaign's texts were read before they were frozen.");
}
