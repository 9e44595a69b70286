using Crm.Functions.Auth;

namespace Crm.Functions.Settings.Team;

/// <summary>A member of the team, with how much work is theirs.</summary>
public sealed record Member : User
{
    /// <summary>What is theirs.</summary>
    public MemberCounts Counts => new(Contacts, OpenDeals, OpenTasks);

    internal long Contacts { get; init; }
    internal long OpenDeals { get; init; }
    internal long OpenTasks { get; init; }
}

/// <param name="Contacts">Contacts they own, without deleted ones.</param>
/// <param name="OpenDeals">Deals they own that are neither won nor lost.</param>
/// <param name="OpenTasks">Tasks of theirs that are pending or in progress.</param>
public sealed record MemberCounts(long Contacts, long OpenDeals, long OpenTasks);
