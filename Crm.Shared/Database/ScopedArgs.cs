using System.Data;
using Dapper;
using Npgsql;
using NpgsqlTypes;

namespace Crm.Shared.Database;

/// <summary>A statement's arguments, with those that its scope gives it.</summary>
internal sealed class ScopedArgs(object? args, Scope scope) : SqlMapper.IDynamicParameters
{
    /// <summary>
    /// In front of a transaction's first statement, in the same trip: until its end the policies let this organisation's rows through, and no others.
    /// </summary>
    public const string Enter = $"call enter(@{Entered}); ";

    private const string Entered = "EnteredOrganizationId";
    private const string OrganizationId = nameof(Scope.OrganizationId);
    private const string OwnerId = nameof(Scope.OwnerId);

    /// <exception cref="InvalidOperationException">The scope is of nobody, or the arguments name what the scope gives.</exception>
    public static object? Of(object? args, Scope scope)
    {
        if (scope.IsGlobal)
            return args;
        return scope.OrganizationId == Guid.Empty
            ? throw new InvalidOperationException("A statement needs a scope: an organisation's, or Scope.Global.")
            : new ScopedArgs(args, scope);
    }

    public void AddParameters(IDbCommand command, SqlMapper.Identity identity)
    {
        if (args is not null)
            ((SqlMapper.IDynamicParameters)new DynamicParameters(args)).AddParameters(command, identity);
        var parameters = command.Parameters;
        if (parameters.Contains(OrganizationId) || parameters.Contains(OwnerId))
            throw new InvalidOperationException("@OrganizationId and @OwnerId come from the scope: call a value of your own by another name.");
        foreach (var name in (ReadOnlySpan<string>)[Entered, OrganizationId])
        {
            if (Names(command, name))
                parameters.Add(new NpgsqlParameter<Guid>(name, scope.OrganizationId));
        }

        if (Names(command, OwnerId))
            parameters.Add(new NpgsqlParameter(OwnerId, NpgsqlDbType.Uuid) { Value = (object?)scope.OwnerId ?? DBNull.Value });
    }

    private static bool Names(IDbCommand command, string parameter) => command.CommandText.Contains($"@{parameter}", StringComparison.Ordinal);
}
