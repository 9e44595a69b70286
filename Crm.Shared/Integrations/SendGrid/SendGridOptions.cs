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

    public bool IsConfigured => ApiKey.Length > 0 && FromEmail.Length > 0;
}
