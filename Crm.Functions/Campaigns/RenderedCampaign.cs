using Crm.Functions.Templates;
using Crm.Shared.Liquid;

namespace Crm.Functions.Campaigns;

/// <summary>A campaign's texts with the values of one contact.</summary>
internal sealed record RenderedCampaign(
    string? Subject, string? SubjectB, string? Content, string? Html, IReadOnlyList<TextPreview.Warning> Warnings, Error? Fault)
{
    public static RenderedCampaign Of(CampaignWords words, MergeValues values)
    {
        var preview = new TextPreview();
        var texts = words.All.ToDictionary(text => text.Field, text => preview.Render(text.Field, text.Source, text.Kind, values), StringComparer.Ordinal);
        return new(
            texts.GetValueOrDefault("subject"), texts.GetValueOrDefault("settings.abTest.subjectB"), texts.GetValueOrDefault("content"),
            texts.GetValueOrDefault("htmlContent"), preview.Warnings, preview.Fault);
    }
}
