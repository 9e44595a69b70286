using Crm.Functions.Auth;
using Crm.Functions.Deals.Pipelines;
using Crm.Functions.Hosting;
using Crm.Shared.Database;

namespace Crm.Functions.Admin;

/// <summary>
/// A demo organisation, Acme, with three accounts, 200 contacts with their history,
/// 60 deals, tasks, products, invoices, templates, campaigns, an inbox, an invitation and an import. The same every time.
/// </summary>
public static class SeedDemo
{
    private const string Password = "Passw0rd!demo";
    private const int Contacts = 200;

    private static readonly (Guid Id, string Email, string First, string Last, string Role)[] Accounts =
    [
        (Demo.Owner, "owner@acme.test", "Olivia", "Owens", "owner"),
        (Demo.Manager, "manager@acme.test", "Marcus", "Mann", "manager"),
        (Demo.Staff, "staff@acme.test", "Sofia", "Stark", "staff"),
    ];

    private const string ExistsSql = """
        select true
        from users
        where lower(email) = 'owner@acme.test'
        """;

    private const string UsersSql = """
        insert into users (organization_id, id, email, first_name, last_name, role, password_hash, created_at, updated_at)
        select @OrganizationId, id, email, first_name, last_name, role, @PasswordHash, @Start, @Start
        from unnest(@Ids, @Emails, @Firsts, @Lasts, @Roles) as u (id, email, first_name, last_name, role)
        """;

    private const string SettingsSql = """
        update organizations
        set industry = 'Office supplies', employee_count = '11-50', website = 'https://acme.test'
        where id = @OrganizationId
        """;

    private const string ContactsSql = """
        insert into contacts (organization_id, id, owner_id, first_name, last_name, email, email_key, phone, company, job_title, status, source, tags,
                              last_activity_at, created_at, updated_at)
        select @OrganizationId, id, owner_id, first_name, last_name, email, email, phone, company, job_title, status, source,
               string_to_array(tags, ','), active_at, created_at, active_at
        from unnest(@Ids, @Owners, @Firsts, @Lasts, @Emails, @Phones, @Companies, @Titles, @Statuses, @Sources, @Tags, @CreatedAts, @ActiveAts)
            as c (id, owner_id, first_name, last_name, email, phone, company, job_title, status, source, tags, created_at, active_at)
        """;

    private const string EntriesSql = """
        insert into timeline_entries (organization_id, id, contact_id, type, action, title, description, actor_id, occurred_at, created_at)
        select @OrganizationId, id, contact_id, type, action, title, description, actor_id, occurred_at, occurred_at
        from unnest(@Ids, @ContactIds, @Types, @Actions, @Titles, @Texts, @Actors, @Times)
            as t (id, contact_id, type, action, title, description, actor_id, occurred_at)
        """;

    public static async Task Run(IConfiguration configuration, CancellationToken ct)
    {
        await using var sources = DatabaseSetup.Sources(configuration);
        var db = new Db(sources, TimeProvider.System, new LeaveToSweep());
        if (!await db.Find<bool>(Scope.Global, ExistsSql, null, ct))
            await db.Transaction(Scope.Global, global => Fill(global.In(Demo.Organization), configuration["Jwt:Key"]), ct);
        Console.WriteLine($"Demo accounts: {string.Join(", ", Accounts.Select(account => account.Email))}; password {Password}");
    }

    private static async Task<int> Fill(DbTransaction tx, string? signingKey)
    {
        await CreateOwner.Create(tx, "Acme", "America/New_York");
        await DefaultPipeline.CreateDemo(tx);
        await tx.Execute(SettingsSql, null);
        var users = Accounts.Select(account => account.Id).ToArray();
        await tx.Execute(UsersSql, new
        {
            Ids = users,
            Emails = Accounts.Select(account => account.Email).ToArray(),
            Firsts = Accounts.Select(account => account.First).ToArray(),
            Lasts = Accounts.Select(account => account.Last).ToArray(),
            Roles = Accounts.Select(account => account.Role).ToArray(),
            PasswordHash = Passwords.Hash(Password),
            Start = tx.Now.AddDays(-180),
        });

        await DemoProducts.Fill(tx);
        var people = Enumerable.Range(0, Contacts).Select(index => DemoPerson.Make(index, users, tx.Now)).ToArray();
        await tx.Execute(ContactsSql, new
        {
            Ids = people.Select(person => person.Id).ToArray(),
            Owners = people.Select(person => person.OwnerId).ToArray(),
            Firsts = people.Select(person => person.First).ToArray(),
            Lasts = people.Select(person => person.Last).ToArray(),
            Emails = people.Select(person => person.Email).ToArray(),
            Phones = people.Select(person => person.Phone).ToArray(),
            Companies = people.Select(person => person.Company).ToArray(),
            Titles = people.Select(person => person.JobTitle).ToArray(),
            Statuses = people.Select(person => person.Status).ToArray(),
            Sources = people.Select(person => person.Source).ToArray(),
            Tags = people.Select(person => person.Tags).ToArray(),
            CreatedAts = people.Select(person => person.CreatedAt.UtcDateTime).ToArray(),
            ActiveAts = people.Select(person => person.History[^1].At.UtcDateTime).ToArray(),
        });

        var entries = people.SelectMany(person => person.History.Select(entry => (Person: person, Entry: entry))).ToArray();
        await tx.Execute(EntriesSql, new
        {
            Ids = entries.Select(pair => pair.Entry.Id).ToArray(),
            ContactIds = entries.Select(pair => pair.Person.Id).ToArray(),
            Types = entries.Select(pair => pair.Entry.Type).ToArray(),
            Actions = entries.Select(pair => pair.Entry.Action).ToArray(),
            Titles = entries.Select(pair => pair.Entry.Title).ToArray(),
            Texts = entries.Select(pair => pair.Entry.Text).ToArray(),
            Actors = entries.Select(pair => pair.Person.OwnerId).ToArray(),
            Times = entries.Select(pair => pair.Entry.At.UtcDateTime).ToArray(),
        });
        await DemoDeals.Add(tx, people);
        await DemoTasks.Add(tx, people);
        await DemoInvoices.Add(tx, people, signingKey);
        await DemoTemplates.Add(tx);
        await DemoInbox.Add(tx);
        await DemoSuppressions.Add(tx);
        await DemoWebhooks.Add(tx, signingKey);
        await DemoCampaigns.Add(tx);
        await DemoBeginnings.Add(tx, people[^1]);
        return people.Length;
    }
}
