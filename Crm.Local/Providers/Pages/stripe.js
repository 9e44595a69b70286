// Stands in for Stripe.js: the few calls of it that the invoice's page makes, with a form for test cards in place of Stripe's own frame.
(() => {
  const home = new URL(document.currentScript.src).origin;
  const cards = [
    ["4242 4242 4242 4242", "is paid"], ["4000 0000 0000 0002", "is declined"], ["4000 0000 0000 9995", "has insufficient funds"],
    ["4000 0025 0000 3155", "asks your bank first (3-D Secure)"], ["000123456789", "a bank account: takes days"],
  ];
  window.Stripe = key => ({
    elements: ({ clientSecret }) => {
      const state = { clientSecret };
      return {
        state,
        create: () => ({
          mount: place => {
            const at = typeof place === "string" ? document.querySelector(place) : place;
            const field = (label, id, value) => {
              const row = document.createElement("label");
              const input = document.createElement("input");
              row.textContent = label;
              Object.assign(input, { id, value, autocomplete: "off", inputMode: "numeric" });
              row.append(input);
              return row;
            };
            const list = document.createElement("datalist");
            list.id = "test-cards";
            for (const [number, does] of cards) list.append(new Option(does, number));
            const note = document.createElement("p");
            note.className = "grey";
            note.textContent = "Local test: no money moves. The field suggests cards that are paid, declined, or ask the bank.";
            const number = field("Card number", "card-number", cards[0][0]);
            number.querySelector("input").setAttribute("list", list.id);
            at.append(number, field("Expires", "card-expiry", "12 / 34"), field("CVC", "card-cvc", "123"), list, note);
            state.number = number.querySelector("input");
          },
        }),
      };
    },
    confirmPayment: async ({ elements, confirmParams }) => {
      const { clientSecret, number } = elements.state;
      const id = clientSecret.split("_secret_")[0];
      const body = new URLSearchParams({
        key, client_secret: clientSecret, return_url: confirmParams.return_url,
        "payment_method_data[type]": "card", "payment_method_data[card][number]": number.value,
      });
      try {
        const answer = await fetch(`${home}/v1/payment_intents/${id}/confirm`, { method: "POST", body });
        const told = await answer.json();
        if (told.error) return { error: told.error };
        if (told.status === "requires_action") {
          location.assign(home + told.next_action.redirect_to_url.url);
          return new Promise(() => {});
        }
        return { paymentIntent: { id, status: told.status } };
      } catch {
        return { error: { type: "api_connection_error", message: "The connection was lost: your card may have been charged. Reload the page to see." } };
      }
    },
  });
})();
