-- A million contacts (or as many as asked for) of ten organisations: number 1 with 800,000, number 2 with 10,000, the others with
-- 23,750 each, mixed in time; two timeline entries for each; and an empty eleventh organisation for the inserts. The same rows in
-- every database of the same size.

-- step: Settings of the session, and indexes out of the way
select setseed(0.42);
set session_replication_role = replica;
set maintenance_work_mem = '1GB';
create table bench_indexes as
select pg_get_indexdef(i.indexrelid) as definition, i.indexrelid::regclass::text as name
from pg_index i
where i.indrelid in ('contacts'::regclass, 'timeline_entries'::regclass)
  and not i.indisprimary;
do $$ declare name text; begin for name in select b.name from bench_indexes b loop execute 'drop index ' || name; end loop; end $$;

-- step: Organisations and 200 users
insert into organizations (id, name, slug, created_at, updated_at)
select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Bench ' || n, 'bench-' || n, '2025-01-01', '2025-01-01'
from generate_series(1, 11) n;
insert into users (organization_id, id, email, first_name, last_name, role, password_hash, created_at, updated_at)
select ('00000000-0000-7000-8000-' || lpad(o::text, 12, '0'))::uuid,
       ('00000000-0000-7000-9000-' || lpad((o * 100 + u)::text, 12, '0'))::uuid,
       'user' || u || '@bench-' || o || '.test', 'User', 'Number ' || u,
       case when u = 1 then 'owner' when u <= 5 then 'manager' else 'staff' end, $1, '2025-01-01', '2025-01-01'
from generate_series(1, 11) o, generate_series(1, case when o = 11 then 1 else 20 end) u;

-- step: Contacts
insert into contacts (organization_id, id, owner_id, first_name, last_name, email, email_key, phone, company, job_title, status, source, tags,
                      last_activity_at, created_at, updated_at, deleted_at)
select ('00000000-0000-7000-8000-' || lpad(org::text, 12, '0'))::uuid, uuidv7(created - now()),
       case when r[1] < 0.95 then ('00000000-0000-7000-9000-' || lpad((org * 100 + 1 + (r[2] * 20)::int % 20)::text, 12, '0'))::uuid end,
       first, last, lower(first || '.' || last) || n || '@' || lower(company) || '.example', lower(first || '.' || last) || n || '@' || lower(company) || '.example',
       '+1' || (2000000000 + (r[3] * 7999999999)::bigint), company, titles[1 + (r[4] * 12)::int % 12],
       case when r[5] < 0.03 then 'inactive' when r[5] < 0.45 then 'active' when r[5] < 0.70 then 'lead' when r[5] < 0.85 then 'prospect' else 'customer' end,
       case when r[6] < 0.001 then 'podcast' when r[6] < 0.2 then null else sources[1 + (r[7] * 6)::int % 6] end,
       case when r[8] < 0.001 then array['gold'] when r[8] < 0.3 then '{}'
            when r[8] < 0.7 then array[tags[1 + (r[9] * r[9] * 20)::int % 20]]
            else array[tags[1 + (r[9] * 10)::int % 10], tags[11 + (r[10] * 10)::int % 10]] end,
       case when r[11] < 0.8 then created + r[12] * ('2026-11-01'::timestamptz - created) end, created, created + r[12] * ('2026-11-01'::timestamptz - created),
       case when r[5] < 0.03 then created + interval '1 day' end
from (
    select n, case when n % 100 < 80 then 1 when n % 100 = 80 then 2 else 3 + (n / 100 * 19 + n % 100 - 81) % 8 end as org,
           '2025-01-01'::timestamptz + n * (interval '57500000 seconds' / $2) as created,
           firsts[1 + (random() * 100)::int % 100] as first,
           case when n % 2531 = 0 then 'Stanwick' else lasts[1 + (random() * 80)::int % 80] end as last,
           companies[1 + (random() * 60)::int % 60] as company,
           array[random(), random(), random(), random(), random(), random(), random(), random(), random(), random(), random(), random()] as r
    from generate_series(1, $2) n,
         (select string_to_array('Anna Hannah Joanna Annette Olivia Emma Sophia Mia Amelia Harper Evelyn Abigail Emily Ella Scarlett Grace Chloe Lily Aria Zoe Nora Hazel Violet Aurora Stella Lucy Paisley Naomi Elena Maya Kennedy Ruby Eva Willow Alice Clara Vivian Reagan Lydia Julia Katherine Delilah Isla Ivy Rose Sadie Piper Rylee Liam Noah Oliver Elijah James William Benjamin Lucas Henry Theodore Jack Levi Mateo Daniel Michael Mason Sebastian Ethan Logan Owen Samuel Jacob Asher Aiden John Joseph Wyatt David Leo Luke Julian Hudson Grayson Matthew Ezra Gabriel Carter Isaac Jayden Luca Anthony Dylan Lincoln Thomas Maverick Elias Josiah Charles Caleb Christopher Ezekiel', ' ') as firsts,
                 string_to_array('Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson Walker Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter Roberts Gomez Phillips Evans Turner Diaz Parker Cruz Edwards Collins Reyes Stewart Morris Morales Murphy Cook Rogers Gutierrez Ortiz Morgan Cooper Peterson Bailey Reed Kelly Howard Ramos Kim Cox Ward Richardson', ' ') as lasts,
                 string_to_array('Northwind Contoso Fabrikam Tailspin Litware Proseware Adatum Fourthcoffee Lucerne Margie Trey Wingtip Woodgrove Humongous Alpine Blueyonder Cohowinery Graphicdesign Relecloud Southridge Vanarsdel Wideworld Datum Nodpublishers Munson Bellows Lamna Firstup Bestfor Consolidated Olympia Acme Globex Initech Umbrella Stark Wayne Hooli Vandelay Soylent Cyberdyne Tyrell Wonka Duff Gringotts Oscorp Massive Sirius Dunder Pied Aperture Weyland Virtucon Zorin Octan Monarch Sterling Bluth Krusty Prestige', ' ') as companies) names
) rows,
(select string_to_array('Buyer|Head of Purchasing|Owner|Office Manager|CEO|CFO|Engineer|Teacher|Consultant|Sales Lead|Analyst|Designer', '|') as titles,
        string_to_array('website referral import fair cold-call partner', ' ') as sources,
        string_to_array('newsletter q1 q2 q3 q4 vip retail wholesale export local follow-up demo webinar event trial upsell churn-risk press investor student', ' ') as tags) words;

-- step: Indexes of contacts
do $$ declare definition text; begin for definition in select b.definition from bench_indexes b where b.name like 'contacts%' loop execute definition; end loop; end $$;
vacuum (freeze, analyze) contacts;

-- step: Timeline entries; the newest contact of organisation 1 has 20,000, the second newest 20
insert into timeline_entries (organization_id, id, contact_id, type, action, title, description, actor_id, occurred_at, created_at)
select organization_id, uuidv7(at - now()), id, type, type || '_added', 'Entry ' || n, case when n > 1 then 'Talked about the offer and agreed to speak again next week.' end,
       owner_id, at, at
from (
    select c.organization_id, c.id, c.owner_id, n, c.created_at + n * interval '1 minute' as at,
           case when n = 1 then 'update' else (array['note', 'call', 'meeting', 'email'])[1 + n % 4] end as type
    from (
        select *, row_number() over (partition by organization_id order by created_at desc, id desc) as place from contacts
    ) c, generate_series(1, case when c.place = 1 and c.organization_id = '00000000-0000-7000-8000-000000000001' then 20000 when c.place <= 2 then 20 else 2 end) n
) entries;

-- step: Indexes of the timeline
do $$ declare definition text; begin for definition in select b.definition from bench_indexes b where b.name not like 'contacts%' loop execute definition; end loop; end $$;
vacuum (freeze, analyze) timeline_entries;
vacuum (analyze) users;
vacuum (analyze) organizations;
drop table bench_indexes;
reset session_replication_role;
