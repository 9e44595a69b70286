namespace Crm.Shared.Integrations.SendGrid;

/// <summary>How e-mail is sent. Section <c>SendGrid</c>; without an API key e-mail is off.</summary>
public sealed class SendGridOptions
{
    public const string Section = "SendGrid";

    public string ApiKey { get; set; } = "";

    public string BaseUrl { get; set; } = "https://api.sendgrid.com";

    /// <summary>The sender of transactional mail, an address of a verified domain.</summary>
    public string FromEmail { get; set; } = "";

    public string FromName { get; set; } = "";

    /// <summary>Whether a campaign's mails go a thousand a call; false: each in a call of its own.</summary>
    public bool Batches { get; set; } = true;

    /// <summary>Checks the signatures of the event webhook, base64; without it events are refused.</summary>
    public string WebhookPublicKey { get; set; } = "";

    /// <summary>The unguessable end of the inbound parse address; without it inbound mail is refused.</summary>
    public string InboundSecret { get; set; } = "";

    public bool IsConfigured => ApiKey.Length > 0 && FromEmail.Length > 0;
}
