-- Every unique key of an organisation's rows contains the organisation, so that they can be distributed by it over several servers. Tokens and vendors' ids come
-- first: they alone find their row.
drop index invitations_token, password_resets_token, refresh_tokens_hash, download_tickets_token;
create unique index invitations_token on invitations (token_hash, organization_id);
create unique index password_resets_token on password_resets (token_hash, organization_id);
create unique index refresh_tokens_hash on refresh_tokens (token_hash, organization_id);
create unique index download_tickets_token on download_tickets (token_hash, organization_id);
alter table conversations
    drop constraint conversations_reply_token_key,
    add unique (reply_token, organization_id);
alter table conversation_aliases
    drop constraint conversation_aliases_reply_token_key,
    add unique (reply_token, organization_id);
alter table invoices
    drop constraint invoices_token_hash_key,
    add unique (token_hash, organization_id);
alter table payment_intents
    drop constraint payment_intents_provider_id_key,
    add unique (provider_id, organization_id);
alter table payment_refunds
    drop constraint payment_refunds_provider_id_key,
    add unique (provider_id, organization_id);
alter table payment_disputes
    drop constraint payment_disputes_provider_id_key,
    add unique (provider_id, organization_id);
