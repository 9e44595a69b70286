using AngleSharp.Css.Dom;
using AngleSharp.Css.Values;
using Ganss.Xss;

namespace Crm.Shared.Liquid;

/// <summary>What may stand in the html of a mail. One sanitizer a text: its events belong to that text's marks.</summary>
internal static class MailSanitizer
{
    // Otherwise #333 comes out as rgba(51, 51, 51, 1), which Outlook does not know.
    static MailSanitizer() => CssColorValue.UseHex = true;

    public static HtmlSanitizer New()
    {
        var safe = new HtmlSanitizer();
        safe.AllowedTags.UnionWith(["html", "head", "body", "title", "meta", "style", "center", "font"]);
        safe.AllowedTags.ExceptWith(["form", "input", "button", "select", "textarea", "option", "optgroup", "fieldset", "datalist", "output"]);
        safe.AllowedAttributes.UnionWith(["class", "id", "role", "charset", "content", "background", "lang", "dir", "aria-hidden", "aria-label"]);
        safe.AllowedSchemes.UnionWith(["mailto", "tel", "sms", "cid"]);
        safe.AllowedAtRules.UnionWith([CssRuleType.Media, CssRuleType.FontFace]);
        return safe;
    }
}
