namespace Crm.Functions.Replies;

/// <summary>The user a record belongs to.</summary>
public sealed record OwnerBrief(Guid Id, string FirstName, string LastName);
