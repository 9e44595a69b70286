namespace Crm.Shared.Integrations.Webhooks;

/// <summary>Outgoing webhooks. Section <c>Webhooks</c>.</summary>
public sealed class WebhookOptions
{
    public const string Section = "Webhooks";

    /// <summary>Development only: they may go to this machine and its network, and without TLS.</summary>
    public bool AllowPrivateAddresses { get; set; }
}
