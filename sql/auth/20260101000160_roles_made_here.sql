-- Roles that a hospital makes itself, and what a role was allowed before.

alter table auth.role add constraint role_title_length check (length(title) between 1 and 80);
create index user_role_by_role on auth.user_role (role);

-- Permissions are part of their role: a change of one counts the role's version up and keeps what was before. A role is
-- referred to by its name; for its history by its id, as everything that has versions.
create view auth.permission_of_role with (security_invoker = true) as
select r.id as role_id, p.permission, p.denied
from auth.role_permission p
join auth.role r on r.name = p.role;
insert into core.history_child (parent, child, child_column) values ('auth.role', 'auth.permission_of_role', 'role_id');

create function auth.touch_role() returns trigger language plpgsql as $$
begin
  update auth.role set version = version where name = coalesce(new.role, old.role) and xmin <> pg_current_xact_id()::xid;
  return coalesce(new, old);
end $$;
create trigger touch_role before insert or update or delete on auth.role_permission for each row execute function auth.touch_role();
grant select on auth.permission_of_role to app;
