namespace Crm.Functions.Invoices.Public;

/// <summary>How the page of an invoice looks, by day and by night.</summary>
internal static class InvoicePageStyle
{
    public const string Css = """
        :root{color-scheme:light dark;--ink:#1e222a;--grey:#6b7280;--line:#e5e7eb;--paper:#fff;--desk:#f3f4f6;--accent:#2456e6}
        @media(prefers-color-scheme:dark){:root{--ink:#f3f4f6;--grey:#9ca3af;--line:#374151;--paper:#1f2937;--desk:#111827;--accent:#6d94ff}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--desk);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
        main{max-width:640px;margin:0 auto;padding:24px;background:var(--paper);min-height:100vh;overflow-wrap:anywhere}
        @media(min-width:720px){main{margin:40px auto;padding:40px;min-height:0;border-radius:12px;box-shadow:0 1px 3px rgb(0 0 0/.12)}}
        header{display:flex;justify-content:space-between;align-items:flex-start;gap:16px}
        h1{font-size:2.25rem;line-height:1.2;margin:32px 0 0}h1 small{font-size:1rem;color:var(--grey);font-weight:500}
        h2{font-size:1rem;margin:32px 0 0}p{margin:4px 0 0}
        .grey{color:var(--grey);font-size:.9rem}.words{white-space:pre-wrap}
        .state{padding:2px 12px;border-radius:99px;background:#dbeafe;color:#1e40af;font-size:.85rem;font-weight:600;white-space:nowrap}
        .state.paid{background:#dcfce7;color:#166534}.state.overdue{background:#fee2e2;color:#991b1b}.state.cancelled{background:#e5e7eb;color:#374151}
        dl{display:grid;grid-template-columns:auto 1fr;gap:4px 24px;margin:24px 0}dt{color:var(--grey)}dd{margin:0;text-align:right}
        table{width:100%;border-collapse:collapse;margin-top:16px}td{padding:12px 0;border-top:1px solid var(--line);vertical-align:top}
        .money{text-align:right;padding-left:16px;white-space:nowrap;font-variant-numeric:tabular-nums}
        .sums td{border:0;padding:4px 0;color:var(--grey)}
        .sums .total td{border-top:1px solid var(--line);padding:12px 0;color:var(--ink);font-weight:700;font-size:1.1rem}
        .button{display:block;margin-top:32px;padding:14px;border:1px solid var(--line);border-radius:8px;text-align:center;
        text-decoration:none;color:var(--accent);font-weight:600}
        .pay{display:block;width:100%;margin-top:16px;padding:14px;border:0;border-radius:8px;background:var(--accent);color:var(--paper);
        font:inherit;font-weight:600;cursor:pointer}.pay:disabled{opacity:.6;cursor:progress}
        #pay-note{color:#b91c1c;margin-top:12px}#pay-form label{display:block;margin-top:12px;color:var(--grey);font-size:.9rem}
        #pay-form input{display:block;width:100%;margin-top:4px;padding:12px;border:1px solid var(--line);border-radius:8px;background:var(--paper);
        color:var(--ink);font:inherit;font-size:1rem}
        @media(prefers-color-scheme:dark){#pay-note{color:#fca5a5}}
        """;
}
