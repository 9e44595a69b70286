using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Crm.Shared.Database;
using Npgsql;

namespace Crm.Functions.Admin;

/// <summary>
/// Makes the logins of the app's pools (<see cref="DbLogin"/>), each a member of the one role it needs: none owns a table, and none is a superuser.
/// Run again it sets a new password, on old names or new ones.
/// </summary>
internal static class CreateLogins
{
    private const int ShortestPassword = 20;
    private const int Iterations = 4096;
    private const int SaltLength = 16;

    /// <summary>What a login with such rights could do that row-level security is there against; or null.</summary>
    private const string DangerSql = """
        select case
            when r.rolsuper or r.rolbypassrls or r.rolcreaterole then 'may do more than a login of the app should'
            when exists (select from pg_class c where c.relowner = r.oid) then 'owns tables'
            when exists (select from pg_auth_members m where m.member = r.oid and m.roleid <> to_regrole($2)) then 'is a member of another role'
        end
        from pg_roles r
        where r.rolname = $1
        """;

    public static async Task<int> Run(string ownersConnection, string name, string password, CancellationToken ct)
    {
        if (password.Length < ShortestPassword || !Ascii.IsValid(password))
            return await AdminCommands.Fail($"Give a password of at least {ShortestPassword} letters and digits on standard input: openssl rand -hex 32");

        await using var source = NpgsqlDataSource.Create(ownersConnection);
        await using var connection = await source.OpenConnectionAsync(ct);
        if (await Scalar(connection, "select to_regrole($1)::text", [DbLogin.Fixed.Role], ct) is null)
            return await AdminCommands.Fail("The database has no migration yet: run the migrate command first, it makes the roles.");

        await using var transaction = await connection.BeginTransactionAsync(ct);
        foreach (var login in DbLogin.All)
        {
            if (await Make(connection, login, login.Of(name), password, ct) is { } danger)
                return await AdminCommands.Fail($"{login.Of(name)} {danger}: choose another --name.");
        }

        await transaction.CommitAsync(ct);
        var names = string.Join(", ", DbLogin.All.Select(login => login.Of(name)));
        Console.WriteLine($"The app can sign in as {names}: with Username={name} and Database__OwnLogins=true.");
        return 0;
    }

    private static async Task<string?> Make(NpgsqlConnection connection, DbLogin login, string name, string password, CancellationToken ct)
    {
        if (await Scalar(connection, "select 1 from pg_roles where rolname = $1", [name], ct) is null)
            await Execute(connection, "create role %I login", [name], ct);
        else if (await Scalar(connection, DangerSql, [name, login.Role], ct) is string danger)
            return danger;

        await Execute(connection, "alter role %I login password %L", [name, Verifier(password)], ct);
        await Execute(connection, "grant %I to %I", [login.Role, name], ct);
        foreach (var (option, value) in login.Options)
            await Execute(connection, "alter role %I set %I = %L", [name, option, value], ct);
        return null;
    }

    /// <summary>What the server keeps of a password, made here: so it never stands in a statement, which logs and statistics would keep (RFC 5803).</summary>
    private static string Verifier(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltLength);
        var salted = Rfc2898DeriveBytes.Pbkdf2(password, salt, Iterations, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);
        var stored = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        var server = HMACSHA256.HashData(salted, "Server Key"u8);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"SCRAM-SHA-256${Iterations}:{Convert.ToBase64String(salt)}${Convert.ToBase64String(stored)}:{Convert.ToBase64String(server)}");
    }

    // Names and values of such statements cannot be parameters: the server itself quotes them.
    private static async Task Execute(NpgsqlConnection connection, string form, string[] values, CancellationToken ct)
    {
        var sql = (string)(await Scalar(connection, "select format($1, variadic $2::text[])", [form, values], ct))!;
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task<object?> Scalar(NpgsqlConnection connection, string sql, object[] values, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
            command.Parameters.AddWithValue(value);
        var answer = await command.ExecuteScalarAsync(ct);
        return answer is DBNull ? null : answer;
    }
}
