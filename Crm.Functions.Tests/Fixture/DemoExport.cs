using Crm.Functions.Tokens;

namespace Crm.Functions.Tests.Fixture;

/// <summary>An export of the demo organisation whose file is there still: the token of the link that its mail brings.</summary>
internal static class DemoExport
{
    public static async Task<string> Token(TestApp app)
    {
        var (export, file) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var token = app.Services.GetRequiredService<LinkTokens>().Export(export);
        await app.Sql(
            """
            with file as (
                insert into stored_files (organization_id, id, kind, owner_id, storage_key, content_type, created_at)
                values ($1, $3, 'export', $2, 'x', 'text/csv', $6))
            insert into exports (organization_id, id, user_id, request, type, format, file_name, status, expected, file_id, token_hash, created_at, updated_at,
                                 expires_at)
            values ($1, $2, $4, '{}', 'contacts', 'csv', 'contacts.csv', 'completed', 1, $3, $5, $6, $6, $7)
            """,
            Demo.Organization, export, file, Demo.Owner, LinkTokens.Hash(token), app.Clock.GetUtcNow(), app.Clock.GetUtcNow().AddDays(1));
        return token;
    }
}
