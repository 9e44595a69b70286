using Crm.Functions.Deals.Pipelines;
using Crm.Shared.Database;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Tests.Fixture;

/// <summary>One test's organisation.</summary>
public sealed record TestOrganization(TestApp App, Guid Id, TestUser Owner, TestUser Manager, TestUser Staff, TestUser OtherStaff)
{
    public const string Password = "correct horse battery";

    // Hashing is slow on purpose, and checking takes as many rounds as the hash says: all test users share one of a single round.
    private static readonly string PasswordHash =
        new PasswordHasher<object>(Options.Create(new PasswordHasherOptions { IterationCount = 1 })).HashPassword(new(), Password);

    public static async Task<TestOrganization> Create(TestApp app, string timezone)
    {
        var id = Guid.CreateVersion7();
        await app.Sql(
            "insert into organizations (id, name, slug, timezone, created_at, updated_at) values ($1, $2, $2, $3, $4, $4)",
            id, $"org-{id:N}", timezone, app.Clock.GetUtcNow());
        var db = new Db(app.Services.GetRequiredService<DbSources>(), app.Clock, app.Services.GetRequiredService<IOutboxRelay>());
        await db.Transaction(new Scope(id), async tx => { await DefaultPipeline.Create(tx); return true; }, CancellationToken.None);
        return new(
            app, id, await AddUser(app, id, "owner"), await AddUser(app, id, "manager"), await AddUser(app, id, "staff"), await AddUser(app, id, "staff"));
    }

    /// <summary>Another member, signed in.</summary>
    public Task<TestUser> AddUser(string role) => AddUser(App, Id, role);

    /// <summary>A contact of <paramref name="owner"/>; returns its id.</summary>
    public async Task<Guid> AddContact(TestUser owner, string? name = null, string? email = null)
    {
        var reply = await owner.Post("/contacts", new { name = name ?? $"Contact {Guid.NewGuid():N}", email });
        return reply.Expect(201).Data.GetProperty("id").GetGuid();
    }

    private static async Task<TestUser> AddUser(TestApp app, Guid organizationId, string role)
    {
        var id = Guid.CreateVersion7();
        var email = $"{role}-{id:N}@example.test";
        await app.Sql(
            "insert into users (organization_id, id, email, first_name, last_name, role, password_hash, created_at, updated_at)"
                + " values ($1, $2, $3, $4, 'Tester', $5, $6, $7, $7)",
            organizationId, id, email, char.ToUpperInvariant(role[0]) + role[1..], role, PasswordHash, app.Clock.GetUtcNow());
        return new(app, await app.SignInAs(organizationId, id), id, email, role);
    }
}

/// <summary>A signed-in member of a test's organisation.</summary>
public sealed class TestUser(TestApp app, TestClient client, Guid id, string email, string role) : TestClient(app, client.AccessToken)
{
    public Guid Id { get; } = id;

    public string Email { get; } = email;

    public string Role { get; } = role;
}
