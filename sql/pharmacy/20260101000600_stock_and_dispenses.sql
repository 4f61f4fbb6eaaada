-- Lots, the ledger of what came and went, and what was handed out. Quantities are whole base units: tablets, ml.

create table pharmacy.lot (
  id uuid primary key default uuidv7(),
  medication_id uuid not null references ehr.medication,
  lot_number text not null check (length(lot_number) between 1 and 60),
  expires_on date not null,
  usable_until timestamptz not null, -- the end of expires_on in the hospital's zone
  location_id uuid references facility.location,
  unit_cost numeric(14, 4) check (unit_cost >= 0),
  currency text check (currency ~ '^[A-Z]{3}$'),
  status text not null default 'released' check (status in ('released', 'quarantined', 'recalled')),
  created_at timestamptz not null default core.now(),
  constraint lot_once unique nulls not distinct (medication_id, lot_number, location_id),
  constraint lot_cost_has_currency check (unit_cost is null or currency is not null)
);
select core.keep_history('pharmacy.lot');
create index lot_expiry on pharmacy.lot (usable_until);

-- What is on the shelf: the sum of the ledger, kept by it alone.
create table pharmacy.stock_balance (
  lot_id uuid primary key references pharmacy.lot,
  medication_id uuid not null,
  quantity integer not null default 0,
  constraint stock_not_below_zero check (quantity >= 0)
);
create index stock_balance_there on pharmacy.stock_balance (medication_id) include (lot_id, quantity) where quantity > 0;
revoke insert, update, delete on pharmacy.stock_balance from app;

create table pharmacy.stock_movement (
  id uuid primary key default uuidv7(),
  lot_id uuid not null references pharmacy.lot,
  type text not null,
  quantity integer not null, -- signed: what is on the shelf changes by it
  dispense_id uuid,
  reason text check (length(reason) between 3 and 500),
  at timestamptz not null default core.now(),
  by uuid default core.current_actor(),
  constraint stock_movement_sign check (case
    when type in ('opening', 'receipt', 'return') then quantity > 0
    when type in ('issue', 'dispense', 'supplier-return', 'disposal') then quantity < 0
    when type in ('transfer', 'adjustment', 'stock-take', 'requisition', 'repack') then quantity <> 0
    when type in ('quarantine', 'release', 'recall') then quantity = 0
    else false
  end),
  constraint stock_movement_of_dispense check (type not in ('dispense', 'return') or dispense_id is not null),
  constraint stock_correction_has_reason check (type not in ('adjustment', 'stock-take', 'disposal', 'supplier-return', 'quarantine', 'recall') or reason is not null)
);
select core.append_only('pharmacy.stock_movement');
create index stock_movement_of_lot on pharmacy.stock_movement (lot_id, at, id);
create index stock_movement_of_dispense on pharmacy.stock_movement (dispense_id) where dispense_id is not null;

/* On hand: on the shelf. Usable: neither expired nor held. Available: nothing is reserved ahead of a dispense, so the same. */
create view pharmacy.stock as
select lot.id as lot_id, lot.medication_id, lot.lot_number, lot.expires_on, lot.usable_until, lot.status, lot.location_id, lot.unit_cost, lot.currency,
  balance.quantity as on_hand, u.usable, u.usable as available
from pharmacy.lot
join pharmacy.stock_balance balance on balance.lot_id = lot.id
cross join lateral (
  select case when lot.status = 'released' and lot.usable_until > core.now() then balance.quantity else 0 end as usable
) u;

create function pharmacy.open_balance() returns trigger language plpgsql security definer set search_path = pharmacy, pg_temp as $$
begin
  insert into pharmacy.stock_balance (lot_id, medication_id) select id, medication_id from new_rows;
  return null;
end $$;
create trigger open_balance after insert on pharmacy.lot referencing new table as new_rows
  for each statement execute function pharmacy.open_balance();

/*
 * The one writer of balances. What has expired or is held only leaves by disposal, correction or back to the supplier;
 * a recall or quarantine holds the lot from this row on.
 */
create function pharmacy.keep_balance() returns trigger language plpgsql security definer set search_path = pharmacy, pg_temp as $$
begin
  if exists (
    select from new_rows m join pharmacy.lot on lot.id = m.lot_id
    where m.type in ('dispense', 'issue', 'requisition', 'repack') and m.quantity < 0 and (lot.status <> 'released' or lot.usable_until <= m.at)
  ) then
    raise exception using errcode = '23514', constraint = 'lot_not_usable', message = 'an expired or held lot is not handed out';
  end if;
  update pharmacy.stock_balance b set quantity = b.quantity + m.quantity
  from (select lot_id, sum(quantity)::integer as quantity from new_rows group by lot_id) m
  where b.lot_id = m.lot_id and m.quantity <> 0;
  if exists (select from new_rows where type in ('quarantine', 'release', 'recall')) then
    update pharmacy.lot set status = case m.type when 'quarantine' then 'quarantined' when 'recall' then 'recalled' else 'released' end
    from new_rows m
    where lot.id = m.lot_id and m.type in ('quarantine', 'release', 'recall');
  end if;
  return null;
end $$;
create trigger keep_balance after insert on pharmacy.stock_movement referencing new table as new_rows
  for each statement execute function pharmacy.keep_balance();

/*
 * First expired, first out: which lots give how much, their balances locked until the commit. No row when they do not
 * suffice. Always locked in this order, so two that hand out the same medication follow each other.
 */
create function pharmacy.allocate(medication uuid, wanted integer) returns table (lot_id uuid, quantity integer)
language sql volatile security definer set search_path = pharmacy, core, pg_temp as $$
  with usable as materialized (
    select b.lot_id, b.quantity, lot.expires_on
    from pharmacy.stock_balance b
    join pharmacy.lot on lot.id = b.lot_id
    where b.medication_id = medication and b.quantity > 0 and lot.status = 'released' and lot.usable_until > core.now()
    order by lot.expires_on, lot.id
    for update of b
  ),
  shelf as (
    select u.lot_id, u.quantity, sum(u.quantity) over (order by u.expires_on, u.lot_id) - u.quantity as before, sum(u.quantity) over () as total
    from usable u
  )
  select s.lot_id, least(s.quantity, wanted - s.before)::integer from shelf s where s.total >= wanted and s.before < wanted
$$;
revoke execute on function pharmacy.allocate(uuid, integer) from public;
grant execute on function pharmacy.allocate(uuid, integer) to app;

-- Handing out ----------------------------------------------------------------------------------------------------------
-- https://hl7.org/fhir/R4/valueset-medicationdispense-status.html. From elsewhere nearly everything may be missing.
create table pharmacy.medication_dispense (
  id uuid primary key default uuidv7(),
  status text not null default 'completed' check (status in
    ('preparation', 'in-progress', 'cancelled', 'on-hold', 'completed', 'entered-in-error', 'stopped', 'declined', 'unknown')),
  patient_id uuid references patients.patient,
  encounter_id uuid,
  medication_request_id uuid references ehr.medication_request,
  medication_id uuid references ehr.medication,
  medication_system text, -- as other systems code it
  medication_code text,
  medication_display text not null default '',
  medication_elsewhere boolean not null default false, -- referred to, and not here: only its name is
  quantity numeric check (quantity > 0),
  unit text,
  dispensed_at timestamptz,
  dispensed_by uuid, -- a user
  note text check (length(note) <= 1000),
  created_at timestamptz not null default core.now(),
  fhir_extra jsonb
);
select core.keep_history('pharmacy.medication_dispense');
select core.patient_rows('pharmacy.medication_dispense');
create index medication_dispense_of_patient on pharmacy.medication_dispense (patient_id, dispensed_at desc, id desc);
create index medication_dispense_of_request on pharmacy.medication_dispense (medication_request_id);
create index medication_dispense_updated on pharmacy.medication_dispense (updated_at, id);
alter table pharmacy.stock_movement add constraint stock_movement_dispense foreign key (dispense_id) references pharmacy.medication_dispense;

-- What each prescription has got so far: the row that two counters must lock, so that together they never give too much.
create table pharmacy.request_total (
  medication_request_id uuid primary key references ehr.medication_request,
  prescribed integer not null,
  dispensed integer not null check (dispensed >= 0),
  constraint dispense_exceeds_prescribed check (dispensed <= prescribed)
);
