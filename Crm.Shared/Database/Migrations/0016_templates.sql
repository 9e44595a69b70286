create table templates (
    organization_id uuid not null references organizations (id),
    id              uuid not null,
    name            text not null,
    type            text not null check (type in ('email', 'sms', 'invoice', 'proposal', 'contract')),
    subject         text,
    content         text not null,
    -- Cleaned when it was saved: nothing in it runs.
    html_content    text,
    -- Whether the content was made from the html, and is made anew with it.
    content_is_made boolean not null default false,
    -- What the client named; variables holds those that the texts use besides.
    given_variables text[] not null default '{}',
    variables       text[] not null default '{}',
    category        text,
    tags            text[] not null default '{}',
    settings        jsonb not null default '{}',
    is_default      boolean not null default false,
    is_active       boolean not null default true,
    is_system       boolean not null default false,
    usage           bigint not null default 0,
    -- None: a system template.
    creator_id      uuid,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    deleted_at      timestamptz,
    version         integer not null default 1,
    primary key (organization_id, id),
    foreign key (organization_id, creator_id) references users (organization_id, id),
    check (is_active or not is_default),
    check (is_system = (creator_id is null))
);
create unique index templates_default on templates (organization_id, type) where is_default;
-- An organisation has some dozens: searches and the other orders read them all.
create index templates_newest on templates (organization_id, created_at desc, id desc);

alter table templates enable row level security;
create policy tenant on templates to crm_app using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
create policy jobs on templates to crm_jobs using (true);
create view templates_of_caller as
    select * from templates where organization_id = nullif(current_setting('app.organization_id', true), '')::uuid;
revoke insert, update, delete on templates_of_caller from crm_app, crm_jobs;
grant select on templates_of_caller to crm_app;

-- What every organisation starts with. The database itself adds them, so that no way of making an organisation can forget to.
create function add_system_templates(organization uuid, at timestamptz) returns void language sql as $body$
    insert into templates (organization_id, id, name, type, subject, content, html_content, variables, category, tags, is_default, is_system,
                           created_at, updated_at)
    select organization, uuidv7(), name, type, subject, content, html_content, variables, category, tags, is_default, true, at, at
    from (values
        ('Welcome', 'email', 'Welcome to {{ company_name }}',
$$Hello {{ first_name | default: "there" }},

thank you for choosing {{ company_name }}. If you have a question, just reply to this mail: it reaches a person.

Kind regards,
{{ sender_name }}$$,
$$<p>Hello {{ first_name | default: "there" }},</p>
<p>thank you for choosing <strong>{{ company_name }}</strong>. If you have a question, just reply to this mail: it reaches a person.</p>
<p>Kind regards,<br>{{ sender_name }}</p>$$,
            '{company_name,first_name,sender_name}'::text[], 'onboarding', '{welcome}'::text[], false),
        ('Follow-up', 'email', 'Following up, {{ first_name | default: "hello" }}',
$$Hello {{ first_name | default: "there" }},

I wanted to ask whether you have had time to think about our conversation{% if contact_company %}, and whether it fits {{ contact_company }}{% endif %}. I am happy to answer what is still open.

Kind regards,
{{ sender_name }}
{{ company_name }}$$,
$$<p>Hello {{ first_name | default: "there" }},</p>
<p>I wanted to ask whether you have had time to think about our conversation{% if contact_company %}, and whether it fits {{ contact_company }}{% endif %}. I am happy to answer what is still open.</p>
<p>Kind regards,<br>{{ sender_name }}<br>{{ company_name }}</p>$$,
            '{first_name,contact_company,sender_name,company_name}', 'sales', '{follow-up}', false),
        ('Invoice', 'invoice', 'Invoice {{ invoice_number }} from {{ company_name }}',
$$Hello {{ first_name | default: "there" }},

here is invoice {{ invoice_number }} of {{ issue_date_formatted }} for {{ invoice_total }} {{ currency }}. It is due on {{ due_date_formatted }}.
{% if custom_message %}
{{ custom_message }}
{% endif %}{% if payment_link %}
Pay online: {{ payment_link }}
{% endif %}
Thank you,
{{ company_name }}$$,
$$<p>Hello {{ first_name | default: "there" }},</p>
<p>here is invoice <strong>{{ invoice_number }}</strong> of {{ issue_date_formatted }} for <strong>{{ invoice_total }} {{ currency }}</strong>. It is due on {{ due_date_formatted }}.</p>
{% if custom_message %}<p>{{ custom_message }}</p>{% endif %}
{% if payment_link %}<p><a href="{{ payment_link }}">Pay online</a></p>{% endif %}
<p>Thank you,<br>{{ company_name }}</p>$$,
            '{invoice_number,company_name,first_name,issue_date_formatted,invoice_total,currency,due_date_formatted,custom_message,payment_link}',
            'billing', '{invoice}', true),
        ('Payment receipt', 'email', 'We received your payment for invoice {{ invoice_number }}',
$$Hello {{ first_name | default: "there" }},

we received {{ amount_paid }} {{ currency }} for invoice {{ invoice_number }}. Still to be paid: {{ amount_due }} {{ currency }}.

Thank you,
{{ company_name }}$$,
$$<p>Hello {{ first_name | default: "there" }},</p>
<p>we received <strong>{{ amount_paid }} {{ currency }}</strong> for invoice {{ invoice_number }}. Still to be paid: {{ amount_due }} {{ currency }}.</p>
<p>Thank you,<br>{{ company_name }}</p>$$,
            '{invoice_number,first_name,amount_paid,currency,amount_due,company_name}', 'billing', '{receipt}', false),
        ('SMS reminder', 'sms', null,
$$Hello {{ first_name | default: "there" }}, a friendly reminder from {{ company_name }}.{% if organization_phone %} Questions? Call {{ organization_phone }}.{% endif %}$$,
            null, '{first_name,company_name,organization_phone}', 'reminders', '{reminder}', false)
    ) as t (name, type, subject, content, html_content, variables, category, tags, is_default)
$body$;

select add_system_templates(id, now()) from organizations;

create function add_system_templates_of_new() returns trigger language plpgsql as $$
begin
    perform add_system_templates(new.id, new.created_at);
    return null;
end $$;
create trigger organizations_templates after insert on organizations for each row execute function add_system_templates_of_new();
