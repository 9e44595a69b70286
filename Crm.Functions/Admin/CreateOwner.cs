using System.Text.RegularExpressions;
using Crm.Functions.Auth;
using Crm.Functions.Deals.Pipelines;
using Crm.Functions.Hosting;
using Crm.Functions.Settings;
using Crm.Functions.Tokens;
using Crm.Shared;
using Crm.Shared.Database;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Admin;

/// <summary>Creates an organisation with its first owner: there is no public sign-up.</summary>
public static partial class CreateOwner
{
    private static readonly TimeSpan LinkLifetime = TimeSpan.FromDays(7);

    private const string OrganizationSql = """
        insert into organizations (id, name, slug, timezone, country, created_at, updated_at)
        values (@OrganizationId, @Organization,
                @Slug || case when exists (select from organizations where slug = @Slug) then '-' || left(@OrganizationId::text, 13) else '' end,
                @Timezone, coalesce((select country from time_zones where name = @Timezone), 'US'), @Now, @Now)
        """;

    private const string OwnerSql = """
        insert into users (organization_id, id, email, first_name, last_name, role, password_hash, created_at, updated_at)
        values (@OrganizationId, @UserId, @Email, @First, @Last, 'owner', @PasswordHash, @Now, @Now)
        on conflict (lower(email)) do nothing
        """;

    private const string LinkSql = """
        insert into password_resets (organization_id, id, user_id, token_hash, expires_at, created_at)
        values (@OrganizationId, @Id, @UserId, @Hash, @ExpiresAt, @Now)
        """;

    public static async Task<int> Run(
        IConfiguration configuration, string organization, string email, string name, string timezone, string password, CancellationToken ct)
    {
        var jwt = configuration.GetSection(JwtOptions.Section).Get<JwtOptions>() ?? new();
        var fault = !EmailAttribute.IsAddress(email) ? $"{email} is not an e-mail address."
            : string.IsNullOrWhiteSpace(organization) || string.IsNullOrWhiteSpace(name) ? "--organization and --name must not be blank."
            : Zones.Find(timezone) is null ? $"{timezone} is not a time zone such as Europe/Berlin."
            : password.Length > 0 ? Passwords.Fault(password)
            : !JwtOptions.IsStrong(jwt.Key) ? "Set Jwt__Key to the app's own key: the link is derived from it. Or give a password on standard input."
            : Links.IsReachable(configuration["PUBLIC_BASE_URL"], IsDevelopment(configuration))
                ? null
                : $"{Links.Unreachable} Or give a password on standard input.";
        if (fault is not null)
            return await AdminCommands.Fail(fault);

        await using var sources = DatabaseSetup.Sources(configuration);
        var db = new Db(sources, TimeProvider.System, new LeaveToSweep());
        var organizationId = Guid.CreateVersion7();
        var userId = Guid.CreateVersion7();
        var resetId = Guid.CreateVersion7();
        var token = password.Length > 0 ? null : new LinkTokens(Options.Create(jwt)).PasswordReset(resetId);
        // Slugs and addresses are unique over all organisations.
        var made = await db.Transaction(Scope.Global, async global =>
        {
            var tx = global.In(organizationId);
            await Create(tx, organization, Zones.Find(timezone)!);
            await DefaultPipeline.Create(tx);
            if (await AddOwner(tx, userId, email, name, password) == 0)
            {
                tx.Abandon();
                return false;
            }

            if (token is not null)
                await tx.Execute(LinkSql, new { Id = resetId, UserId = userId, Hash = LinkTokens.Hash(token), ExpiresAt = tx.Now + LinkLifetime, tx.Now });
            return true;
        }, ct);
        if (!made)
            return await AdminCommands.Fail($"There is an account with the e-mail {email} already.");

        Console.WriteLine(token is null
            ? $"{organization} is ready: {email} can sign in."
            : $"{organization} is ready. {email} sets a password here, once, within seven days: {Links.From(configuration).ResetPassword(token)}");
        return 0;
    }

    /// <summary>The organisation's own row. Its country is the one its time zone lies in.</summary>
    public static Task<int> Create(DbTransaction tx, string organization, string timezone) =>
        tx.Execute(OrganizationSql, new { Organization = organization.Trim(), Slug = Slug(organization), Timezone = timezone, tx.Now });

    private static Task<int> AddOwner(DbTransaction tx, Guid userId, string email, string name, string password)
    {
        var (first, last) = PersonName.From(name, null, null);
        return tx.Execute(OwnerSql, new
        {
            UserId = userId,
            Email = Emails.Normalize(email),
            First = first ?? "",
            Last = last ?? "",
            PasswordHash = password.Length > 0 ? Passwords.Hash(password) : null,
            tx.Now,
        });
    }

    // As the app's own host reads it.
    private static bool IsDevelopment(IConfiguration configuration) =>
        string.Equals(
            configuration["AZURE_FUNCTIONS_ENVIRONMENT"] ?? configuration["DOTNET_ENVIRONMENT"], Environments.Development, StringComparison.OrdinalIgnoreCase);

    private static string Slug(string name)
    {
        var slug = NotInSlug().Replace(name.ToLowerInvariant(), "-").Trim('-');
        return slug.Length == 0 ? "organization" : slug[..Math.Min(slug.Length, 60)];
    }

    [GeneratedRegex("[^a-z0-9]+", RegexOptions.None, 1000)]
    private static partial Regex NotInSlug();
}
