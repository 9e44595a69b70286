namespace Crm.Functions.Templates;

/// <summary>What a template is for.</summary>
public sealed class TemplateTypeAttribute() : OneOfAttribute("email", "sms", "invoice", "proposal", "contract");
