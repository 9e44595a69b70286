using Crm.Functions.Files;
using Crm.Shared.Integrations;
using Crm.Shared.Integrations.SendGrid;
using Crm.Shared.Integrations.Twilio;

namespace Crm.Functions.Sending;

/// <summary>A call to a vendor, and the deliveries that are its recipients, in the call's order.</summary>
public abstract record OutgoingCall(Guid Id, string Channel, IReadOnlyList<OutgoingCall.Recipient> Recipients)
{
    /// <param name="DeliveryId">The delivery.</param>
    /// <param name="Address">Where it goes.</param>
    /// <param name="Attempts">How often it was tried before.</param>
    public sealed record Recipient(Guid DeliveryId, string Address, int Attempts);

    public Guid[] Deliveries => [.. Recipients.Select(recipient => recipient.DeliveryId)];

    /// <summary>Makes the call, once.</summary>
    public abstract Task<CallOutcome> Make(VendorClients vendors, CancellationToken ct);

    /// <summary>A new call for some of the recipients.</summary>
    public abstract OutgoingCall For(Guid id, IReadOnlyList<int> recipients);
}

/// <summary>The vendors' clients, and where the files are that mails go out with.</summary>
public sealed record VendorClients(SendGridMail Mail, TwilioSms Sms, MailFiles Files);

/// <summary>A mail to many.</summary>
public sealed record MailOut(Guid Id, IReadOnlyList<OutgoingCall.Recipient> Recipients, MailCall Mail) : OutgoingCall(Id, "email", Recipients)
{
    /// <summary>What goes out with it.</summary>
    public IReadOnlyList<MessageFile> Files { get; init; } = [];

    public override Task<CallOutcome> Make(VendorClients vendors, CancellationToken ct)
    {
        var mail = Mail with { CustomArgs = MailArguments.OfCall(Id) };
        return Files.Count == 0
            ? vendors.Mail.SendAll(mail, ct)
            : vendors.Files.Send(Files, files => vendors.Mail.SendAll(mail with { Files = files }, ct), ct);
    }

    public override OutgoingCall For(Guid id, IReadOnlyList<int> recipients) => new MailOut(
        id,
        [.. recipients.Select(recipient => Recipients[recipient])],
        Mail with { Recipients = [.. recipients.Select(recipient => Mail.Recipients[recipient])] })
    {
        Files = Files,
    };
}

/// <summary>An SMS to one.</summary>
public sealed record SmsOut(Guid Id, OutgoingCall.Recipient To, OutgoingSms Sms) : OutgoingCall(Id, "sms", [To])
{
    public override Task<CallOutcome> Make(VendorClients vendors, CancellationToken ct) => vendors.Sms.Send(Sms, ct);

    public override OutgoingCall For(Guid id, IReadOnlyList<int> recipients) => this with { Id = id };
}
