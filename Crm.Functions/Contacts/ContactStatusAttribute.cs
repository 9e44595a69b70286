namespace Crm.Functions.Contacts;

/// <summary>A contact's status.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class ContactStatusAttribute() : OneOfAttribute("lead", "prospect", "customer", "active", "inactive");
