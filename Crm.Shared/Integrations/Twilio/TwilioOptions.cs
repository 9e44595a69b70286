namespace Crm.Shared.Integrations.Twilio;

/// <summary>How SMS are sent. Section <c>Twilio</c>; without an account SMS are off.</summary>
public sealed class TwilioOptions
{
    public const string Section = "Twilio";

    /// <summary>AC and 32 hexadecimal digits.</summary>
    public string AccountSid { get; set; } = "";

    /// <summary>Also checks the signatures of the webhooks.</summary>
    public string AuthToken { get; set; } = "";

    /// <summary>The sender of organisations without a number of their own, E.164; or a messaging service's SID, MG and 32 digits.</summary>
    public string From { get; set; } = "";

    public string BaseUrl { get; set; } = "https://api.twilio.com";

    public bool IsConfigured => AccountSid.Length > 0 && AuthToken.Length > 0 && From.Length > 0;
}
