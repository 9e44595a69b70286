using Crm.Shared.Database;

namespace Crm.Functions.Admin;

/// <summary>What the demo organisation sends, besides the templates that every organisation starts with.</summary>
internal static class DemoTemplates
{
    private const int DaysAgo = 60;

    private const string InsertSql = """
        insert into templates (organization_id, id, name, type, subject, content, variables, category, tags, usage, creator_id, created_at, updated_at)
        values (@OrganizationId, @NewsId, 'Catalogue of the season', 'email', 'New in our showroom, {{ first_name | default: "come by" }}',
                'Hello {{ first_name | default: "there" }}, our new catalogue is out. {{ sender_name }}, {{ company_name }}',
                '{first_name,sender_name,company_name}', 'news', '{catalogue}', 12, @Manager, @Time, @Time),
               (@OrganizationId, @SmsId, 'Delivery tomorrow', 'sms', null, 'Hello {{ first_name }}, we deliver tomorrow. {{ company_name }}',
                '{first_name,company_name}', 'delivery', '{}', 3, @Staff, @Time, @Time)
        """;

    public static Task<int> Add(DbTransaction tx) => tx.Execute(
        InsertSql,
        new { NewsId = Demo.Template(1), SmsId = Demo.Template(2), Demo.Manager, Demo.Staff, Time = tx.Now.AddDays(-DaysAgo) });
}
