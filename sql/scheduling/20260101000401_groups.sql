-- Many come at one time to one practitioner: an appointment without a patient takes the practitioner, the room and the equipment, and has
-- seats. Who comes has an appointment of their own, with a seat.

create table scheduling.group_session (
  id uuid primary key references scheduling.appointment on delete cascade, -- what takes practitioner and room
  places smallint not null check (places between 2 and 100),
  note text check (length(note) <= 500)
);

/* How many there are is how many can come. */
create table scheduling.group_seat (
  group_id uuid not null references scheduling.group_session on delete cascade,
  seat smallint not null check (seat > 0),
  primary key (group_id, seat)
);
create function scheduling.place_seats() returns trigger language plpgsql as $$
begin
  insert into scheduling.group_seat (group_id, seat) select new.id, n from generate_series(1, new.places) n;
  return null;
end $$;
create trigger place_seats after insert on scheduling.group_session for each row execute function scheduling.place_seats();

create table scheduling.group_participant (
  appointment_id uuid primary key references scheduling.appointment on delete cascade,
  group_id uuid not null references scheduling.group_session,
  patient_id uuid not null references patients.patient,
  seat smallint, -- null until it is taken
  blocking boolean not null default false,
  constraint group_participant_has_seat check (seat is not null or not blocking),
  constraint group_has_seat foreign key (group_id, seat) references scheduling.group_seat (group_id, seat)
);
create unique index group_seat_once on scheduling.group_participant (group_id, seat) where blocking;
select core.patient_rows('scheduling.group_participant');
create index group_participant_group on scheduling.group_participant (group_id);
create index group_participant_patient on scheduling.group_participant (patient_id);

/* The group that an appointment belongs to, as long as it is at its time and with its practitioner. */
create function scheduling.group_of(booking uuid) returns uuid language sql stable as $$
  select p.group_id
  from scheduling.group_participant p
  join scheduling.appointment own on own.id = p.appointment_id
  join scheduling.appointment session on session.id = p.group_id
  where p.appointment_id = booking
    and (own.starts_at, own.ends_at, own.practitioner_id) is not distinct from (session.starts_at, session.ends_at, session.practitioner_id)
$$;

/* The lowest seat that is free; false when there is none, or the group does not take place. The caller holds the group. */
create function scheduling.take_seat(booking uuid, session uuid) returns boolean language plpgsql as $$
declare
  free smallint;
begin
  if not exists (select from scheduling.appointment a where a.id = session and scheduling.blocks(a.status)) then return false; end if;
  select min(s.seat) into free
  from scheduling.group_seat s
  where s.group_id = session and not exists (
    select from scheduling.group_participant p where p.group_id = session and p.seat = s.seat and p.blocking and p.appointment_id <> booking
  );
  if free is null then return false; end if;
  update scheduling.group_participant set seat = free, blocking = true where appointment_id = booking;
  return true;
end $$;

/* How many are still free. */
create function scheduling.seats_left(session uuid) returns integer language sql stable as $$
  select g.places - (select count(*)::integer from scheduling.group_participant p where p.group_id = g.id and p.blocking)
  from scheduling.group_session g
  join scheduling.appointment a on a.id = g.id and scheduling.blocks(a.status)
  where g.id = session
$$;
