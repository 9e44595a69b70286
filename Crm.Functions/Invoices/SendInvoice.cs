using System.ComponentModel.DataAnnotations;
using Crm.Functions.Auth;
using Crm.Functions.Sending;
using Crm.Shared.Database;
using Crm.Shared.Integrations.SendGrid;
using Crm.Shared.Integrations.Twilio;
using Crm.Shared.Invoicing;
using Crm.Shared.Liquid;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Invoices;

public static class SendInvoice
{
    private const string Email = "email";
    private const string Sms = "sms";

    /// <param name="Channels">email (default), sms, or both.</param>
    /// <param name="CustomMessage">Words to go with it.</param>
    /// <param name="Template">Texts of its own; what is absent is the organisation's default invoice template's.</param>
    [ValidatableType]
    public sealed record Request(string[]? Channels, [Text(2000)] string? CustomMessage, Texts? Template) : IValidatableObject
    {
        public static Request Example => new(["email"], "Thank you for your order.", null);

        public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
        {
            if (Channels is { Length: 0 } || Channels?.Any(channel => channel?.ToLowerInvariant() is not (Email or Sms)) == true)
                yield return new("channels must hold email, sms or both.", [nameof(Channels)]);
        }
    }

    /// <param name="Subject">Of the mail.</param>
    /// <param name="Body">In plain text; of a text message all there is.</param>
    /// <param name="Html">Of the mail.</param>
    [ValidatableType]
    public sealed record Texts([Text(500), OneLine] string? Subject, [Text(100_000)] string? Body, [Text(500_000)] string? Html);

    /// <param name="Invoice">The invoice, sent.</param>
    /// <param name="Deliveries">The messages on their way.</param>
    public sealed record Response(InvoiceDetail Invoice, IReadOnlyList<Delivery> Deliveries);

    /// <param name="Id">The message.</param>
    /// <param name="Channel">email or sms.</param>
    /// <param name="Status">pending: it goes out at once.</param>
    /// <param name="To">The address.</param>
    public sealed record Delivery(Guid Id, string Channel, string Status, string To);

    private const string SmsText =
        "{{ company_name }}: invoice {{ invoice_number }} over {{ amount_due }} {{ currency }}, due on {{ due_date_formatted }}. {{ payment_link }}";

    /// <summary>Sends an invoice to its contact; a draft is sent from then on.</summary>
    /// <remarks>
    /// The texts may name all variables of <c>GET /templates/variables</c>; where they do not name the message and the link, these stand at the end. Who
    /// unsubscribed from marketing still gets it; an address that bounced or complained does not.
    /// </remarks>
    [Function("SendInvoice"), Tags("Invoices"), Allow(Permission.WriteInvoices)]
    public static Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "invoices/{id:guid}/send")] Request? request, Guid id, Caller caller, Db db, InvoiceLinks links,
        IOptions<SendGridOptions> mail, IOptions<TwilioOptions> sms, CancellationToken ct) =>
        db.Transaction<Reply<Response>>(caller.Scope, async tx =>
        {
            request ??= new(null, null, null);
            if (await InvoiceRow.Lock(tx, id) is not { } invoice)
                return await Access.Refusal(tx, Owned.Invoice, id, Errors.InvoiceNotFound);
            if (invoice.Status == InvoiceStates.Cancelled)
                return Errors.InvoiceCancelled;
            string[] channels = [.. (request.Channels ?? [Email]).Select(channel => channel.ToLowerInvariant()).Distinct(StringComparer.Ordinal)];
            if (channels.Contains(Email) && !mail.Value.IsConfigured || channels.Contains(Sms) && !sms.Value.IsConfigured)
                return Errors.ProviderNotConfigured;
            var paper = await InvoicePaper.Find(tx, invoice.ContactId);
            if (channels.Select(channel => AddressFault(paper, channel)).FirstOrDefault(fault => fault is not null) is { } addressFault)
                return addressFault;

            var sent = invoice.AsSent(tx.Now, caller.Today(tx.Now)) with { TokenHash = links.HashOf(id, invoice.TokenHash) };
            await sent.Save(tx);
            var message = Fields.Text(request.CustomMessage);
            var link = links.Of(id, sent.TokenHash);
            var values = InvoiceTexts.Values(sent, paper, caller.Name, message, link, tx.Now);
            var deliveries = new List<Delivery>();
            foreach (var channel in channels)
            {
                var (source, sourceFault) = await Source(tx, request, channel);
                var (texts, fault) = source is null ? (null, sourceFault) : InvoiceTexts.Of(source, values, message, link);
                if (texts is null)
                {
                    tx.Abandon();
                    return fault!;
                }

                var address = (channel == Email ? paper.Email : paper.Phone)!;
                deliveries.Add(new(
                    await InvoiceMessage.Write(tx, sent.ContactId, channel, address, texts, caller.UserId, links), channel, "pending", address));
            }

            await InvoiceJournal.Record(
                tx, caller.UserId, id, sent.ContactId, "sent", $"Invoice {sent.Number} sent",
                string.Join(", ", deliveries.Select(delivery => $"by {delivery.Channel} to {delivery.To}")), facts: new { channels });
            return new Response(await InvoiceDetail.Read(tx, id, caller, links), deliveries);
        }, ct);

    /// <summary>Why nothing goes to the contact on this channel; null when it can.</summary>
    private static Error? AddressFault(InvoicePaper paper, string channel) => channel switch
    {
        Email when string.IsNullOrWhiteSpace(paper.Email) => Errors.ContactNoEmail,
        Sms when string.IsNullOrWhiteSpace(paper.Phone) => Errors.ContactNoPhone,
        Email when Consent.HardReasons.Contains(paper.EmailSuppressed) => Errors.AddressSuppressed,
        Sms when Consent.HardReasons.Contains(paper.PhoneSuppressed) => Errors.AddressSuppressed,
        _ => null,
    };

    private static async Task<(LetterSource? Source, Error? Fault)> Source(DbTransaction tx, Request request, string channel)
    {
        var given = request.Template;
        var body = Fields.Text(given?.Body);
        if (channel == Sms)
            return (new(null, body ?? SmsText, null), null);
        var source = await LetterSource.Default(tx);
        source = source with { Subject = Fields.Text(given?.Subject) ?? source.Subject };
        if (body is null && Fields.Text(given?.Html) is null)
            return (source, null);
        var (html, fault) = Templates.TemplateTexts.Clean(given!.Html);
        return fault is not null ? (null, fault) : (source with { Content = body ?? MailText.Of(html ?? ""), HtmlContent = html }, null);
    }
}
