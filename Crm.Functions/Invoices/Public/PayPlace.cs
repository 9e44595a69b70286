using System.Net;
using System.Security.Cryptography;
using Crm.Shared.Integrations.Stripe;
using Crm.Shared.Invoicing;

namespace Crm.Functions.Invoices.Public;

/// <summary>Where the customer pays on the invoice's page: a button, then Stripe's own form. Stripe.js is loaded only when somebody wants to pay.</summary>
/// <param name="Html">What stands on the page.</param>
/// <param name="Policy">What the page may load.</param>
internal sealed record PayPlace(string Html, string Policy)
{
    private const string OwnPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Where nothing is to be paid.</summary>
    public static readonly PayPlace Nothing = new("", OwnPolicy);

    // Whoever comes back from their bank, or has just paid, has the app ask Stripe; the page then shows what it is.
    private const string Script = """
        (() => {
          const place = document.getElementById("pay"), button = document.getElementById("pay-button"), note = document.getElementById("pay-note");
          const say = text => { note.textContent = text; note.hidden = !text; };
          const here = location.origin + location.pathname;
          const begin = async () => {
            const answer = await fetch(place.dataset.url, { method: "POST" });
            return { status: answer.status, body: await answer.json() };
          };
          const load = src => new Promise((done, failed) => {
            if (window.Stripe) return done();
            const script = document.createElement("script");
            Object.assign(script, { src, onload: done, onerror: () => failed(new Error("The payment form could not be loaded.")) });
            document.head.append(script);
          });
          const busy = (is, text) => { button.disabled = is; if (text) button.textContent = text; };
          let stripe, elements;
          const start = async () => {
            const { status, body } = await begin();
            if (status === 409 || status === 410) return location.replace(here);
            if (!body.success) throw new Error(body.message);
            await load(place.dataset.script);
            stripe = window.Stripe(body.data.publishableKey);
            elements = stripe.elements({ clientSecret: body.data.clientSecret });
            elements.create("payment").mount("#pay-form");
            busy(false, place.dataset.pay);
          };
          const pay = async () => {
            const { error } = await stripe.confirmPayment({ elements, confirmParams: { return_url: here }, redirect: "if_required" });
            if (error) { say(error.message); return busy(false); }
            await begin();
            location.replace(here);
          };
          button.addEventListener("click", async () => {
            busy(true);
            say("");
            try { await (stripe ? pay() : start()); } catch (problem) { say(problem.message); busy(false); }
          });
          const query = new URLSearchParams(location.search);
          if (query.has("payment_intent")) {
            busy(true);
            const failed = query.get("redirect_status") === "failed";
            begin().catch(() => {}).then(() => {
              if (!failed) return location.replace(here);
              history.replaceState(null, "", here);
              say("The payment was not made: your bank did not agree. Nothing was charged.");
              busy(false);
            });
          }
        })();
        """;

    public static PayPlace Of(PublicInvoice found, StripeOptions stripe)
    {
        var invoice = found.Invoice;
        var pending = invoice.PendingAmount > 0
            ? $"<p class=\"grey\">A payment of {Amounts.Of(invoice.PendingAmount, invoice.Currency)} is on its way.</p>"
            : "";
        if (!stripe.IsConfigured || stripe.PublishableKey.Length == 0
            || invoice.Status is InvoiceStates.Paid or InvoiceStates.Cancelled || invoice.RemainingAmount - invoice.PendingAmount <= 0)
            return Nothing with { Html = pending };
        var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        var amount = Amounts.Of(invoice.RemainingAmount - invoice.PendingAmount, invoice.Currency);
        var html = $"""
            {pending}
            <section id="pay" data-url="{Text(new Uri(invoice.PublicUrl!).AbsolutePath)}/pay" data-script="{Text(stripe.ScriptUrl)}" data-pay="Pay {amount}">
            <div id="pay-form"></div><p id="pay-note" role="alert" hidden></p>
            <button id="pay-button" class="pay">Pay {amount} online</button>
            </section><script nonce="{nonce}">{Script}</script>
            """;
        return new(html, PolicyOf(nonce, stripe));
    }

    // What Stripe asks for (docs.stripe.com/security/guide): its script, its frames, and its own calls.
    private static string PolicyOf(string nonce, StripeOptions stripe)
    {
        var (script, api) = (Origin(stripe.ScriptUrl), Origin(stripe.BaseUrl));
        var scripts = script == "https://js.stripe.com" ? $"{script} https://*.js.stripe.com" : script;
        var frames = $"{scripts} https://hooks.stripe.com";
        return $"{OwnPolicy}; script-src 'nonce-{nonce}' {scripts}; connect-src 'self' {api}; frame-src {frames}; img-src data: {script}";
    }

    private static string Origin(string address) => new Uri(address).GetLeftPart(UriPartial.Authority);

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
