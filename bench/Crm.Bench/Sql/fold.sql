-- What the timer FoldInvoiceTotals does every minute; here no timer runs, and each payment has left its difference.
with taken as (
    delete from invoice_totals
    returning organization_id, month, creator_id, currency, status, due_month, invoices, total, paid, credited, settled, days_to_pay)
insert into invoice_totals (organization_id, month, creator_id, currency, status, due_month, invoices, total, paid, credited, settled, days_to_pay, is_folded)
select organization_id, month, creator_id, currency, status, due_month, sum(invoices), sum(total), sum(paid), sum(credited), sum(settled), sum(days_to_pay), true
from taken
group by organization_id, month, creator_id, currency, status, due_month
having (sum(invoices), sum(total), sum(paid), sum(credited), sum(settled), sum(days_to_pay)) <> (0, 0, 0, 0, 0, 0);
vacuum (analyze) invoice_totals;
