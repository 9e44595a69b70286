namespace Crm.Functions.Settings.Team;

/// <summary>What went over to another member.</summary>
/// <param name="Contacts">How many contacts.</param>
/// <param name="Deals">How many open deals.</param>
/// <param name="Tasks">How many open tasks.</param>
public sealed record Reassigned(int Contacts, int Deals, int Tasks);

/// <summary>How far the hand-over of a member's records has come.</summary>
/// <param name="Id">The hand-over.</param>
/// <param name="ReassignTo">Who takes over.</param>
/// <param name="Status">running or completed.</param>
/// <param name="Total">The records to hand over.</param>
/// <param name="Reassigned">Those that went over already.</param>
/// <param name="CreatedAt">When it began.</param>
/// <param name="FinishedAt">When it was completed.</param>
public sealed record HandOver(Guid Id, Guid ReassignTo, string Status, int Total, Reassigned Reassigned, DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt);
