-- What an uploaded file is called while it waits for its message, which says it from then on; other files have no name.
alter table stored_files add column file_name text;
