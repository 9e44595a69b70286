using System.Net;
using Crm.Functions.Templates;
using Crm.Shared;
using Crm.Shared.Database;
using Crm.Shared.Liquid;

namespace Crm.Functions.Invoices;

/// <summary>The texts of a letter as they are written, with their variables.</summary>
internal sealed record LetterSource(string? Subject, string Content, string? HtmlContent)
{
    // Every organisation starts with one; the database sees to it that at most one is the default.
    private const string DefaultSql = """
        select subject, content, html_content
        from templates
        where organization_id = @OrganizationId
          and type = 'invoice'
          and is_default
        """;

    private const string OwnSubject = "Invoice {{ invoice_number }} from {{ company_name }}";
    private const string OwnContent =
        "Hello {{ first_name | default: \"there\" }},\n\nhere is invoice {{ invoice_number }} for {{ invoice_total }} {{ currency }}, "
        + "due on {{ due_date_formatted }}.\n\n{{ company_name }}";

    /// <summary>The organisation's default invoice template; a plain letter where it has none.</summary>
    public static async Task<LetterSource> Default(DbTransaction tx) =>
        await tx.Find<LetterSource>(DefaultSql, null) is { } found ? found with { Subject = found.Subject ?? OwnSubject } : new(OwnSubject, OwnContent, null);
}

/// <summary>The texts of a letter as they are sent.</summary>
internal sealed record InvoiceTexts(string? Subject, string Content, string? HtmlContent)
{
    /// <summary>
    /// The letter with the invoice's values, or why it cannot be sent. The message that goes with it and the link to the invoice are in it even where its
    /// texts do not name them.
    /// </summary>
    public static (InvoiceTexts? Texts, Error? Fault) Of(LetterSource source, MergeValues values, string? message, string link)
    {
        var named = new HashSet<string?>(StringComparer.Ordinal);
        var (subject, subjectFault) = Rendered("template.subject", source.Subject, TextKind.Line, values, []);
        var (content, contentFault) = Rendered("template.body", source.Content, TextKind.Plain, values, named);
        var (html, htmlFault) = Rendered("template.html", source.HtmlContent, TextKind.Html, values, named);
        if ((subjectFault ?? contentFault ?? htmlFault) is { } fault)
            return (null, fault);
        foreach (var (name, value) in new[] { ("custom_message", message), ("payment_link", link) })
        {
            if (value is null || named.Contains(name))
                continue;
            content = $"{content!.TrimEnd()}\n\n{value}\n";
            html = html is null ? null : Append(html, name == "payment_link" ? $"<a href=\"{WebUtility.HtmlEncode(value)}\">{WebUtility.HtmlEncode(value)}</a>"
                : WebUtility.HtmlEncode(value).ReplaceLineEndings("<br>"));
        }

        return (new(subject, content!, html), null);
    }

    /// <summary>The values that a letter about an invoice may name; of a receipt, what was paid is that one payment.</summary>
    public static MergeValues Values(
        InvoiceRow invoice, InvoicePaper paper, string? senderName, string? message, string link, DateTimeOffset now, decimal? payment = null) => new(
        new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["first_name"] = paper.FirstName,
            ["last_name"] = paper.LastName,
            ["full_name"] = paper.ContactName,
            ["email"] = paper.Email,
            ["phone"] = paper.Phone,
            ["job_title"] = paper.JobTitle,
            ["contact_company"] = paper.Company,
            ["company_name"] = paper.OrganizationName,
            ["organization_phone"] = paper.OrganizationPhone,
            ["organization_address"] = paper.OrganizationAddress,
            ["sender_name"] = senderName ?? paper.OrganizationName,
            ["invoice_number"] = invoice.Number,
            ["invoice_total"] = Amounts.Of(invoice.Total),
            ["amount_paid"] = Amounts.Of(payment ?? invoice.AmountPaid),
            ["amount_due"] = Amounts.Of(invoice.Rest),
            ["currency"] = invoice.Currency,
            ["issue_date_formatted"] = Amounts.Day(invoice.IssueDate),
            ["due_date_formatted"] = Amounts.Day(invoice.DueDate),
            ["custom_message"] = message,
            ["payment_link"] = link,
            ["notes"] = invoice.Notes,
            ["terms"] = invoice.Terms,
        },
        CustomValues.Of(paper.CustomFields),
        TimeZoneInfo.ConvertTime(now, TimeZones.First(paper.Timezone)));

    private static (string? Text, Error? Fault) Rendered(string field, string? source, TextKind kind, MergeValues values, HashSet<string?> named)
    {
        if (source is null)
            return (null, null);
        var (text, fault) = LiquidText.Read(source, kind);
        if (text is null)
            return (null, TemplateTexts.Syntax(field, fault!));
        if (text.Unknown.Count > 0)
            return (null, Errors.UnknownVariables with
            {
                Details =
                [
                    .. text.Unknown.Select(name => new FieldError(field, $"There is no variable '{name.Name}' (line {name.Line}, column {name.Column}).")),
                ],
            });
        named.UnionWith(text.Variables.Select(MergeFields.Find));
        var (rendered, renderFault) = text.Render(values);
        return (rendered, renderFault is null ? null : TemplateTexts.Syntax(field, renderFault));
    }

    private static string Append(string html, string paragraph)
    {
        var end = html.LastIndexOf("</body>", StringComparison.OrdinalIgnoreCase);
        return html.Insert(end < 0 ? html.Length : end, $"\n<p>{paragraph}</p>\n");
    }
}
