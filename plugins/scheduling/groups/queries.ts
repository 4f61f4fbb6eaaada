import { z } from 'zod';
import { maySee } from '../../../core/access.ts';
import { sql, type Db } from '../../../core/database.ts';
import { TimedAppointment } from '../booking/model.ts';
import { alsoTakenJson, item } from '../booking/read.ts';
import { Group, type GroupQuery } from './model.ts';

/** With `g` and its appointment `a`; a query adds its where. */
export const group = sql.fragment`
  select g.id, a.version, a.status, a.starts_at, a.ends_at, a.practitioner_id, p.display_name as practitioner_name, a.location_id, l.name as location_name,
    a.service_id, s.name as service_name, ${alsoTakenJson('a.also_taken')} as also_taken, g.places, coalesce(scheduling.seats_left(g.id), 0) as left, g.note
  from scheduling.group_session g
  join scheduling.appointment a on a.id = g.id
  join facility.practitioner p on p.id = a.practitioner_id
  join facility.healthcare_service s on s.id = a.service_id
  left join facility.location l on l.id = a.location_id
`;

export const getGroup = (db: Db, id: string): Promise<Group> =>
  db.one(sql.type(Group)`${group} where g.id = ${id} -- shows no patient`);

/** Those that take place, the earliest first; from now on unless it is said from when. */
export const listGroups = (db: Db, { serviceId, from, to, limit }: GroupQuery): Promise<readonly Group[]> =>
  db.any(sql.type(Group)`
    ${group}
    where scheduling.blocks(a.status) and a.starts_at >= coalesce(${from ?? null}::timestamptz, core.now()) and a.starts_at < coalesce(${to ?? null}::timestamptz, 'infinity')
      and (${serviceId ?? null}::uuid is null or a.service_id = ${serviceId ?? null}::uuid) -- shows no patient
    order by a.starts_at, g.id
    limit ${limit}
  `);

/** Groups of the service in which somebody has a place, the earliest first. */
export const nextGroups = async (db: Db, serviceId: string): Promise<readonly Group[]> =>
  (await listGroups(db, { serviceId, limit: 50 })).filter(({ left }) => left > 0).slice(0, 3);

export const insertGroup = (tx: Db, id: string, it: { places: number; note: string | null }): Promise<unknown> =>
  tx.query(
    sql.unsafe`insert into scheduling.group_session (id, places, note) values (${id}, ${it.places}, ${it.note})`,
  );

export const insertParticipant = (
  tx: Db,
  it: { appointmentId: string; groupId: string; patientId: string },
): Promise<unknown> =>
  tx.query(sql.unsafe`
    insert into scheduling.group_participant (appointment_id, group_id, patient_id) values (${it.appointmentId}, ${it.groupId}, ${it.patientId})
  `);

/** Who comes, or came, in the order of their seats. */
export const listParticipants = (db: Db, id: string): Promise<readonly TimedAppointment[]> =>
  db.any(sql.type(TimedAppointment)`
    ${item}
    join scheduling.group_participant seat on seat.appointment_id = it.id
    where seat.group_id = ${id} and scheduling.group_of(it.id) = ${id} and ${maySee(db, 'it.patient_id')}
    order by scheduling.blocks(it.status) desc, seat.seat, it.id
    limit 500
  `);

const Coming = z.strictObject({ groupId: z.uuid(), patients: z.array(z.uuid()), hidden: z.int() });
/** Who has a seat in each of these groups, as far as the one who asks may see them, and how many more there are. */
export const listComing = (db: Db, groups: readonly string[]): Promise<readonly z.infer<typeof Coming>[]> =>
  db.any(sql.type(Coming)`
    select g.id as group_id, coalesce(array_agg(seat.patient_id order by seat.seat) filter (where seat.seen), '{}') as patients,
      (count(*) filter (where not seat.seen))::integer as hidden
    from unnest(${sql.array([...groups], 'uuid')}) g (id)
    left join lateral (
      select p.patient_id, p.seat, ${maySee(db, 'p.patient_id')} as seen
      from scheduling.group_participant p where p.group_id = g.id and p.blocking
    ) seat on true
    group by g.id
    order by g.id
  `);

/** Nobody gets a seat of it meanwhile. */
export const lockGroup = (tx: Db, id: string): Promise<unknown> =>
  tx.query(sql.unsafe`select pg_advisory_xact_lock(hashtextextended(${id}, 6))`);
