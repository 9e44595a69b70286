using Crm.Shared.Integrations.SendGrid;
using Crm.Shared.Integrations.Twilio;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Sending;

/// <summary>Which channels are set up.</summary>
public sealed class Channels(IOptions<SendGridOptions> mail, IOptions<TwilioOptions> sms)
{
    /// <summary>The refusal of what would be sent on this channel; null when it can be.</summary>
    public Error? Fault(string channel) => channel switch
    {
        "email" when !mail.Value.IsConfigured => Errors.ProviderNotConfigured with
        {
            Message = "E-mail is not set up: set SendGrid__ApiKey and SendGrid__FromEmail.",
        },
        "sms" when !sms.Value.IsConfigured => Errors.ProviderNotConfigured with
        {
            Message = "SMS are not set up: set Twilio__AccountSid, Twilio__AuthToken and Twilio__From.",
        },
        _ => null,
    };
}
