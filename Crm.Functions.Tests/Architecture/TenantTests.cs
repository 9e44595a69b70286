using System.Reflection;
using System.Text.RegularExpressions;
using Crm.Functions.Tests.Fixture;
using Crm.Shared.Database;

namespace Crm.Functions.Tests.Architecture;

/// <summary>No statement touches rows of an organisation it does not name.</summary>
public sealed partial class TenantTests(TestServices services)
{
    /// <summary>The statements that are about no one organisation, and why they may be.</summary>
    private static readonly Dictionary<string, string> Exceptions = new(StringComparer.Ordinal)
    {
        ["Login.FindSql"] = "the address alone says which organisation to sign in to",
        ["ForgotPassword.FindSql"] = "as for the sign-in",
        ["InviteUser.ExistsSql"] = "one account an address, over all organisations; tells only that it is taken",
        ["SeedDemo.ExistsSql"] = "admin command",
        ["AcceptInvitation.AcceptSql"] = "by the hash of the link's token",
        ["AcceptInvitation.StatusSql"] = "by the hash of the link's token",
        ["PreviewInvitation.Sql"] = "by the hash of the link's token",
        ["RefreshSession.UseSql"] = "by the hash of the refresh token",
        ["RefreshSession.FindUsedSql"] = "by the hash of the refresh token",
        ["ResetPassword.UseSql"] = "by the hash of the link's token",
        ["ResetPassword.StatusSql"] = "by the hash of the link's token",
        ["SweepOutbox.TakeSql"] = "sweep over everything",
        ["FoldContactTotals.ManySql"] = "sweep over everything",
        ["FoldInvoiceTotals.ManySql"] = "sweep over everything",
        ["FoldCampaignTotals.ManySql"] = "sweep over everything",
        ["FoldCampaignTotals.ManyLinksSql"] = "sweep over everything",
        ["SweepOutbox.ReleaseSql"] = "each row brings its organisation",
        ["SweepEmails.TakeSql"] = "sweep over everything",
        ["SweepWebhooks.TakeSql"] = "sweep over everything",
        ["SweepEmails.ReleaseSql"] = "each row brings its organisation",
        ["SweepImports.TakeSql"] = "sweep over everything",
        ["SweepExports.HaltedSql"] = "sweep over everything",
        ["SweepFiles.TakeSql"] = "sweep over everything",
        ["DownloadTickets.UseSql"] = "by the hash of the ticket",
        ["DownloadExport.FindSql"] = "by the hash of the link's token",
        ["SweepHandOvers.HaltedSql"] = "sweep over everything",
        ["SendTaskReminders.ZonesSql"] = "sweep over everything",
        ["SendTaskReminders.ClaimSql"] = "sweep over everything; each join carries the organisation",
        ["Doubts.TellSql"] = "sweep over everything; each join carries the organisation",
        ["SettleCalls.HeardSql"] = "sweep over everything",
        ["SettleCalls.NotBegunSql"] = "sweep over everything",
        ["SettleCalls.SilentSql"] = "sweep over everything",
        ["SettleCalls.HopelessSql"] = "sweep over everything",
        ["SettleCalls.UncertainSql"] = "sweep over everything",
        ["DueMessages.DueSql"] = "sweep over everything",
        ["SweepCampaigns.Sql"] = "sweep over everything; each subquery carries the organisation",
        ["RemindAssignees.ClaimSql"] = "sweep over everything; each join carries the organisation",
        ["SendScheduledCampaigns.DueSql"] = "sweep over everything",
        ["DecideAbTests.DueSql"] = "sweep over everything",
        ["PublicInvoice.FindSql"] = "by the hash of the link's token",
        ["MarkOverdueInvoices.MarkSql"] = "sweep over everything; each join carries the organisation",
        ["SendInvoiceReminders.ClaimSql"] = "sweep over everything; each join carries the organisation",
        ["CreateProduct.InsertSql"] = "takes the organisation's own row by its id",
        ["OutgoingEmail.InsertAllSql"] = "each row brings its organisation",
        ["OutboxRelay.InsertAllSql"] = "each row brings its organisation",
        ["OutboxRelay.DeleteSql"] = "each row brings its organisation",
        ["WakeConversations.Sql"] = "sweep over everything",
        ["ReceiveMessage.TakeSql"] = "an event of a vendor's, by its id",
        ["ReceiveMessage.SettleSql"] = "an event of a vendor's, by its id",
        ["Recipient.TokenSql"] = "whose an answer is, by the token of its address",
        ["Recipient.ThreadSql"] = "whose an answer is, by the id of what it answers",
        ["CleanUp.MarkImportsSql"] = "nightly clean-up of everything",
        ["ProviderEventStore.InsertSql"] = "vendors' events, before it is known whose they are",
        ["ProcessProviderEvents.FindSql"] = "vendors' events, before it is known whose they are",
        ["ProcessProviderEvents.MarkSql"] = "by their ids, which this very message read",
        ["ProcessProviderEvents.EmailFaultsSql"] = "by the id that we gave the vendor: it comes back alone",
        ["ProcessPaymentEvents.FindSql"] = "a vendor's event, before it is known whose it is",
        ["ProcessPaymentEvents.MarkSql"] = "by its id, which this very message read",
        ["PlaceOfIntent.ByProviderIdSql"] = "finds out whose a payment is, by the vendor's id of it",
        ["SweepPayments.IntentsSql"] = "sweep over everything",
        ["SweepPayments.RefundsSql"] = "sweep over everything",
        ["InboundSms.BySenderSql"] = "finds out whose an SMS is",
        ["InboundSms.OwnSql"] = "says whose an SMS is",
        ["InboundSms.ParkSql"] = "of an SMS that is nobody's",
        ["InboundSms.LaterWordSql"] = "words of one sender to one number",
        ["SweepProviderEvents.LeftSql"] = "sweep over everything",
    };

    /// <summary>The files that may run a statement without an organisation, and why.</summary>
    private static readonly Dictionary<string, string> Globals = new(StringComparer.Ordinal)
    {
        ["Login.cs"] = "before it is known who signs in",
        ["InviteUser.cs"] = "an address is one account's over all organisations",
        ["ResendInvitation.cs"] = "an address is one account's over all organisations",
        ["LoginThrottle.cs"] = "failed attempts belong to nobody",
        ["ForgotPassword.cs"] = "before it is known whose address it is",
        ["ResetPassword.cs"] = "by token",
        ["AcceptInvitation.cs"] = "by token",
        ["PreviewInvitation.cs"] = "by token",
        ["RefreshSession.cs"] = "by token",
        ["Ready.cs"] = "the schema's version",
        ["SweepOutbox.cs"] = "sweep",
        ["SweepEmails.cs"] = "sweep",
        ["SweepWebhooks.cs"] = "sweep",
        ["FoldReportCounts.cs"] = "sweep",
        ["SweepImports.cs"] = "sweep",
        ["SweepHandOvers.cs"] = "sweep",
        ["SweepExports.cs"] = "sweep",
        ["SweepFiles.cs"] = "sweep",
        ["DownloadTickets.cs"] = "by ticket",
        ["DownloadExport.cs"] = "by token",
        ["FoldContactTotals.cs"] = "sweep",
        ["SendTaskReminders.cs"] = "sweep",
        ["RemindAssignees.cs"] = "sweep",
        ["Doubts.cs"] = "sweep",
        ["DueMessages.cs"] = "sweep",
        ["SettleCalls.cs"] = "sweep",
        ["SweepCampaigns.cs"] = "sweep",
        ["SendScheduledCampaigns.cs"] = "sweep",
        ["DecideAbTests.cs"] = "sweep",
        ["FoldCampaignTotals.cs"] = "sweep",
        ["FoldInvoiceTotals.cs"] = "sweep",
        ["MarkOverdueInvoices.cs"] = "sweep",
        ["SendInvoiceReminders.cs"] = "sweep",
        ["Places.cs"] = "the time zones of all organisations",
        ["PublicInvoice.cs"] = "by token",
        ["CleanUp.cs"] = "sweep",
        ["WakeConversations.cs"] = "sweep",
        ["RunTimers.cs"] = "what is due is nobody's",
        ["ReceiveMessage.cs"] = "before it is known whose a message is",
        ["SweepProviderEvents.cs"] = "sweep",
        ["AttachedFiles.cs"] = "before it is known whose a mail is",
        ["ProviderEventStore.cs"] = "before it is known whose an event is",
        ["ProcessProviderEvents.cs"] = "before it is known whose an event is",
        ["InboundSms.cs"] = "before it is known whose an SMS is",
        ["ProcessPaymentEvents.cs"] = "before it is known whose an event is",
        ["PlaceOfIntent.cs"] = "before it is known whose a payment is",
        ["SweepPayments.cs"] = "sweep over everything",
        ["CreateOwner.cs"] = "admin command",
        ["SeedDemo.cs"] = "admin command",
        ["Scope.cs"] = "its declaration",
        ["ScopedArgs.cs"] = "names it in a message",
    };

    [Fact]
    public async Task Every_statement_about_an_organisations_rows_names_the_organisation()
    {
        var tables = (await services.App.Scalar<string>(
            "select string_agg(table_name, ',') from information_schema.columns where table_schema = 'public' and column_name = 'organization_id'")).Split(',');
        var used = new HashSet<string>(StringComparer.Ordinal);
        var wrong = new List<string>();
        foreach (var (name, sql) in Statements())
        {
            if (!Tables().Matches(sql).Any(match => tables.Contains(match.Groups["table"].Value, StringComparer.Ordinal)))
                continue;
            if (Exceptions.ContainsKey(name))
                used.Add(name);
            else if (!Organization().IsMatch(sql))
                wrong.Add($"{name} neither filters nor inserts organization_id: {sql}");
        }

        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
        Assert.True(tables.Length > 5 && used.Count > 5, "The statements were not found.");
        Assert.Empty(Exceptions.Keys.Except(used, StringComparer.Ordinal));
    }

    [Fact]
    public void No_statement_casts_free_json()
    {
        // A client may write anything there: a cast of it fails for the whole organisation.
        var casts = Statements().Where(statement => FreeJsonCast().IsMatch(statement.Sql)).Select(statement => statement.Name);
        Assert.Empty(casts);
        Assert.Matches(FreeJsonCast(), "select (o.settings ->> 'dealRottingDays')::integer");
    }

    [Fact]
    public void Only_what_belongs_to_nobody_runs_without_an_organisation()
    {
        var root = Repository.Root;
        var files = new[] { "Crm.Functions", "Crm.Shared" }
            .SelectMany(project => Directory.EnumerateFiles(Path.Combine(root, project), "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal)
                && !file.Contains("/bin/", StringComparison.Ordinal) && File.ReadAllText(file).Contains("Scope.Global", StringComparison.Ordinal))
            .Select(file => Path.GetFileName(file));
        Assert.Empty(files.Except(Globals.Keys, StringComparer.Ordinal));
    }

    // Every SQL constant, by its class and name; fragments that others are built from included.
    private static IEnumerable<(string Name, string Sql)> Statements() =>
        from assembly in new[] { typeof(CrmApp).Assembly, typeof(Db).Assembly }
        from type in assembly.GetTypes()
        from field in type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
        where field is { IsLiteral: true, FieldType.Name: nameof(String) }
        let sql = (string)field.GetRawConstantValue()!
        where Verb().IsMatch(sql) && !IsFragment(sql)
        select ($"{type.Name}.{field.Name}", sql);

    // A select without its where: whoever uses it adds one, and is looked at itself.
    private static bool IsFragment(string sql) =>
        sql.TrimStart().StartsWith("select", StringComparison.Ordinal) && !sql.Contains("where", StringComparison.Ordinal);

    [GeneratedRegex(@"^\s*(select|insert into|update|delete from|with)\s", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Verb();

    [GeneratedRegex(@"#?->>\s*'[^']*'\s*\)?\s*::|cast\s*\([^)]*->>", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FreeJsonCast();

    [GeneratedRegex(@"\b(from|join|update|into)\s+(?<table>[a-z_]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Tables();

    [GeneratedRegex(@"(organization_id|\bo\.id)\s*=\s*(@OrganizationId|\$1)|(values|select)\s*\(?@OrganizationId", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Organization();
}
