-- Measured on 800,000 of a million contacts; the figures and the other plans are in bench/README.md.

-- Every search first reads what was inserted since the index was last tidied: with the default limit of 4 MB that is up to 2.5 ms
-- of a search that takes 0.4. A list of 256 kB costs inserts 3 % (median of three runs); none at all (fastupdate = off) would cost them half.
alter index contacts_search set (gin_pending_list_limit = 256);

-- Sources too: without an index a source that nobody has cost 350 ms and a rare one as much as it takes to come across it; now 1 and 10 ms.
create index contacts_labels on contacts using gin (organization_id, source, tags) with (gin_pending_list_limit = 256);
drop index contacts_tags;
