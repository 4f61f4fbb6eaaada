-- The chain over the audit: who changes, removes or slips in an entry breaks it. One process at a time writes it, outside business transactions.
create table core.audit_seal (
  seq bigint primary key check (seq > 0),
  audit_id uuid not null, -- no foreign key: an entry that is gone is for the check to find, and none locks another
  hash bytea not null check (length(hash) = 32), -- SHA-256 over the hash before and the entry as one text: core/audit/chain.ts
  constraint audit_sealed_once unique (audit_id)
);
select core.append_only('core.audit_seal');

-- The last head of the chain that was signed and written outside the database, or why that failed.
create table core.audit_export (
  singleton boolean primary key default true check (singleton),
  seq bigint not null default 0,
  exported_at timestamptz,
  failed_at timestamptz,
  fault text
);
insert into core.audit_export default values;

grant select, insert on core.audit_seal to app;
grant select, update on core.audit_export to app;
