namespace Crm.Functions.Reports;

/// <summary>The four reports as a page: it signs in as a frontend does, and draws what the API answers.</summary>
public static class ReportsPage
{
    private static readonly Lazy<StrictPage> Page = new(() => new(
        HtmlPage.Read("Reports", "reports.html")
            .Replace("/*reports.css*/", HtmlPage.Text("Reports", "reports.css"), StringComparison.Ordinal)
            .Replace("/*reports.js*/", HtmlPage.Text("Reports", "reports.js"), StringComparison.Ordinal)));

    [Function("ReportsPage"), ExcludeFromDescription, AllowAnonymous]
    public static IResult Show([HttpTrigger(Anonymous, "get", Route = "reports/preview")] HttpContext context) => Page.Value.Answer(context);
}
