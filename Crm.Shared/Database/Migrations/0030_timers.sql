-- Which period each work of the one timer was last claimed for (Crm.Functions/Timers): whoever moves it on does the work.
create table timers (
    name            text not null primary key,
    -- Its beginning.
    period          timestamptz not null
);
revoke all on timers from crm_app;

-- What a vendor says of one of the app's own mails names the mail and not its organisation: the primary key, which begins with that, was looked through
-- once for each organisation there is.
create index emails_id on emails (id);
