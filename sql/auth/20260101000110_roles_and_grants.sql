-- A hospital's own roles; what a role never may; and of each grant why, by whom and until when.

alter table auth.role
  add column id uuid not null default uuidv7(),
  add column own boolean not null default false, -- made here; those that ship cannot be renamed or deleted
  add constraint role_id_unique unique (id);
select core.keep_history('auth.role');
create unique index role_title_unique on auth.role (lower(title)) where own;

-- A denial beats whatever other roles allow.
alter table auth.role_permission add column denied boolean not null default false;

alter table auth.user_role
  add column reason text not null default '' check (length(reason) <= 500),
  add column given_by uuid default core.current_actor(),
  add column given_at timestamptz not null default clock_timestamp();

-- Grants are part of their user: a change of one counts the user's version up and keeps what was before.
insert into core.history_child (parent, child, child_column) values ('auth."user"', 'auth.user_role', 'user_id');
create trigger touch_parent before insert or update or delete on auth.user_role for each row
  execute function core.touch_parent('auth."user"', 'user_id');

/* What each person may do now: what a role in force allows and none denies. */
create view auth.user_permission with (security_invoker = true) as
select r.user_id, p.permission, max(r.until) as until
from auth.user_role r
join auth.role_permission p on p.role = r.role
where r.until > clock_timestamp()
group by r.user_id, p.permission
having not bool_or(p.denied);

/*
 * Somebody who is active must be able to administer users and roles, without an end. Asked after a change, under a lock: two
 * administrators who take the right from each other at the same time cannot both succeed.
 */
create function auth.administrators_left() returns boolean language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('auth.administrators', 0));
  return exists (
    select from auth."user" u
    where u.active and 2 = (
      select count(*) from auth.user_permission p
      where p.user_id = u.id and p.permission in ('user:write', 'role:write') and p.until = 'infinity'
    )
  );
end $$;

-- Default grants are given once for each permission: one that comes with a later release is given then, one that was taken
-- away stays away.
create table auth.permission_granted (permission text primary key);
insert into auth.permission_granted select distinct permission from auth.role_permission;
drop table auth.plugin_granted;
