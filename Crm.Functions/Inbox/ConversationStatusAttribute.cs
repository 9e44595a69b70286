namespace Crm.Functions.Inbox;

/// <summary>A conversation's status, or several of them.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class ConversationStatusAttribute() : OneOfAttribute("open", "pending", "closed", "snoozed");
