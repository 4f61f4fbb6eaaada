-- Who of the patients and their people may look at which record, how they were invited, and what they paid online.

-- How late one may cancel or move, how much one may book, what may be booked (null: every active service) and what of it
-- somebody confirms first.
insert into core.setting (name, value) values ('portal.rules',
  '{"cancelHours": 24, "leadHours": 2, "horizonDays": 90, "openBookings": 3, "services": null, "approval": []}');

-- A sign-in is no patient: one account may see several records, one record may be seen by several accounts --------------
create table portal.access (
  id uuid primary key default uuidv7(),
  user_id uuid not null references auth."user",
  patient_id uuid not null references patients.patient,
  role text not null check (role in ('self', 'parent', 'guardian', 'carer')),
  until timestamptz, -- null: until somebody ends it
  created_at timestamptz not null default core.now(),
  ended_at timestamptz,
  ended_by uuid
);
select core.patient_rows('portal.access');
create unique index access_once on portal.access (user_id, patient_id) where ended_at is null;
create unique index access_self_once on portal.access (patient_id) where role = 'self' and ended_at is null;
create index access_of_patient on portal.access (patient_id);

create table portal.invitation (
  id uuid primary key default uuidv7(),
  patient_id uuid not null references patients.patient,
  role text not null check (role in ('self', 'parent', 'guardian', 'carer')),
  display_name text not null check (length(display_name) between 1 and 120), -- of whoever is invited
  until timestamptz, -- of the access
  code_hash text not null,
  expires_at timestamptz not null,
  tries smallint not null default 0,
  created_at timestamptz not null default core.now(),
  created_by uuid default core.current_actor(),
  accepted_at timestamptz,
  withdrawn_at timestamptz,
  constraint invitation_code_once unique (code_hash),
  constraint invitation_tries_limited check (tries between 0 and 5),
  constraint invitation_ends_one_way check (num_nonnulls(accepted_at, withdrawn_at) <= 1)
);
select core.patient_rows('portal.invitation');
alter policy patient_own on portal.invitation using (false); -- between the hospital and whoever is invited
create index invitation_of_patient on portal.invitation (patient_id, created_at desc);
create unique index invitation_self_once on portal.invitation (patient_id) where role = 'self' and accepted_at is null and withdrawn_at is null;

-- What was booked here, so that one patient cannot fill the calendar.
create table portal.booking (
  appointment_id uuid primary key,
  patient_id uuid not null references patients.patient,
  user_id uuid not null references auth."user",
  created_at timestamptz not null default core.now()
);
select core.patient_rows('portal.booking');
create index booking_of_patient on portal.booking (patient_id);

/*
 * open       the provider may have been told, and has not said how it ended
 * paid       it is a payment of the invoice          refused, abandoned  no money came
 * refund-due the money came and the invoice was no longer open for it: it goes back, until the provider has said `refunded`
 * disputed   the provider says another amount than was asked for: a person looks at it
 */
create table portal.payment (
  id uuid primary key default uuidv7(), -- the reference under which the provider knows it
  invoice_id uuid not null,
  patient_id uuid not null references patients.patient,
  user_id uuid not null references auth."user",
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  status text not null default 'open' check (status in ('open', 'paid', 'refused', 'abandoned', 'refund-due', 'refunded', 'disputed')),
  said jsonb, -- the provider's last word, when it did not fit
  created_at timestamptz not null default core.now(),
  asked_at timestamptz default clock_timestamp(), -- real time, like everything that waits for another machine
  settled_at timestamptz
);
select core.patient_rows('portal.payment');
create unique index payment_open_once on portal.payment (invoice_id, amount_minor) where status = 'open';
create index payment_waiting on portal.payment (asked_at nulls first) where status in ('open', 'refund-due');
create index payment_of_patient on portal.payment (patient_id);
create index payment_of_invoice on portal.payment (invoice_id);

/* Online payments that are not what billing has written down, both ways; none where the hospital bills nobody. */
create function portal.stray_payments() returns setof uuid language plpgsql stable as $$
begin
  if to_regclass('billing.payment') is null then
    return;
  end if;
  return query
    select coalesce(p.id, b.id)
    from portal.payment p
    full join (select * from billing.payment where method = 'online') b on b.reference = p.id::text
    where (coalesce(p.status, '') = 'paid') <> (b.id is not null)
      or (b.id is not null and (b.amount_minor, b.currency::text, b.invoice_id) is distinct from (p.amount_minor, p.currency, p.invoice_id));
end $$;

-- What a patient reads beyond the own rows: narrow, about the patient of the session alone ------------------------------

/* Whom else this account may see, and the present one: what the switch offers. */
create function portal.own_patients() returns table (patient_id uuid, role text, given_name text, family_name text, until timestamptz)
language sql stable security definer set search_path = portal, patients, core, pg_temp as $$
  select a.patient_id, a.role, p.given_name, p.family_name, a.until
  from portal.access a
  join patients.patient p on p.id = a.patient_id
  where a.user_id = core.current_actor() and a.ended_at is null and (a.until is null or a.until > core.now())
  order by a.role <> 'self', p.given_name, a.patient_id
$$;
revoke execute on function portal.own_patients() from public;
grant execute on function portal.own_patients() to patient;

/*
 * Who has looked at this record, newest first: an entry for each hour, person and kind of access. Routes, other patients of
 * the same list and objects stay inside; what this account did itself is left out. After the entry with the time and key given;
 * null for the newest. `by` says who it was where there is no name.
 */
create function portal.who_looked(at_most integer, after_at timestamptz, after_key text)
returns table (at timestamptz, key text, by text, name text, roles text[], relation text, area text, act text, emergency boolean, times integer)
language sql stable security definer set search_path = portal, core, auth, pg_temp as $$
  with entry as (
    select a.at, a.actor_id, a.actor_kind, date_trunc('hour', a.at) as hour, a.purpose in ('BTG', 'ETREAT') as emergency,
      case
        when a.route like '% /fhir/%' then 'other-system'
        when a.route like '% /api/patients/{id}%' then 'record'
        else coalesce((
          select m.area
          from (values
            ('portal', '{portal,portal-invitations,portal-accesses}'), ('search', '{patients}'), ('appointments', '{appointments,schedule,slots}'),
            ('visit', '{encounters,notes,vitals,conditions,observations,allergies,my-day}'),
            ('medicines', '{medication-requests,medication-dispenses,medications,dispense-queue}'), ('laboratory', '{laboratory}'),
            ('bills', '{invoices,payments,till,charge-items,claims,coverages,remittances,eligibility}'), ('messages', '{messages,alerts}')
          ) m (area, words)
          where split_part(a.route, '/', 3) = any (m.words::text[])
        ), 'other')
      end as area,
      case
        when a.subtype = 'print' then 'printed'
        when a.subtype = 'export' then 'exported'
        when cardinality(a.patient_ids) > 1 or a.route like '%/search' or a.route like '%/duplicates' then 'listed'
        when a.action in ('R', 'E') then 'opened'
        else 'changed'
      end as act
    from core.audit a
    where a.patient_ids && core.same_subject(core.current_patient()) and a.actor_id is distinct from core.current_actor() and a.outcome = 0 and a.origin = 'here'
      and (after_at is null or date_trunc('hour', a.at) <= date_trunc('hour', after_at))
  ),
  looked as (
    select max(e.at) as at, concat_ws(' ', e.actor_id, e.actor_kind, e.area, e.act, e.emergency) as key, e.actor_id, e.actor_kind, e.area, e.act, e.emergency,
      count(*)::integer as times
    from entry e
    group by e.hour, e.actor_id, e.actor_kind, e.area, e.act, e.emergency
  )
  select l.at, l.key,
    case when u.id is not null then 'person' when l.actor_id is not null then 'client' when l.actor_kind = 'service' then 'hospital' else 'nobody' end,
    u.display_name,
    array(
      select case when own.own then own.title else own.name end
      from auth.user_role r
      join auth.role own on own.name = r.role
      where r.user_id = l.actor_id and r.role <> 'patient' and r.until > l.at
      order by own.own, r.role
    ),
    (select x.role from portal.access x where x.user_id = l.actor_id and x.patient_id = core.current_patient() order by x.ended_at is null desc, x.created_at desc limit 1),
    l.area, l.act, l.emergency, l.times
  from looked l
  left join auth."user" u on u.id = l.actor_id
  where after_at is null or (l.at, l.key) < (after_at, after_key)
  order by l.at desc, l.key desc
  limit least(at_most, 200)
$$;
revoke execute on function portal.who_looked(integer, timestamptz, text) from public;
grant execute on function portal.who_looked(integer, timestamptz, text) to patient;
