-- Every token of a session carries the name of its family: one that was used long ago still tells which session was copied.
alter table auth.session add column family_hash text;
update auth.session set family_hash = id::text; -- what was signed in before signs in again
alter table auth.session alter column family_hash set not null;
create unique index session_family on auth.session (family_hash);
drop index auth.session_token;
drop index auth.session_previous_token;
