const query = new URLSearchParams(location.search);
for (const button of document.querySelectorAll("button")) {
  button.addEventListener("click", async () => {
    const body = new URLSearchParams({ client_secret: query.get("secret"), outcome: button.dataset.outcome });
    await fetch(`/v1/payment_intents/${query.get("intent")}/challenge`, { method: "POST", body });
    const back = new URL(query.get("return"));
    back.searchParams.set("payment_intent", query.get("intent"));
    back.searchParams.set("redirect_status", button.dataset.outcome);
    location.assign(back);
  });
}
