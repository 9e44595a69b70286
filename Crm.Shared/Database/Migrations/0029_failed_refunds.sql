-- A refund that failed is taken back by an entry of its own kind: of a payment there is one, and what is left of it the sum of all that was given back.
alter table payments drop constraint payments_check;
alter table payments add constraint payments_sign check (kind = 'refund' and amount <> 0 or kind <> 'refund' and amount > 0) not valid;
alter table payments validate constraint payments_sign;
