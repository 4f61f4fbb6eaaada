import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { Deputy, type NewDeputy } from '../model/critical.ts';

const Id = z.strictObject({ id: z.uuid() });
const columns = (zone: string) => sql.fragment`
  d.id, d.version, d.practitioner_id, who.display_name as practitioner_name, d.deputy_id, stand.display_name as deputy_name,
  (lower(d.during) at time zone ${zone})::date as starts_on, (upper(d.during) at time zone ${zone} - interval '1 microsecond')::date as ends_on,
  d.during @> core.now() as in_force
`;
const from = sql.fragment`laboratory.deputy d
  join facility.practitioner who on who.id = d.practitioner_id
  join facility.practitioner stand on stand.id = d.deputy_id`;

/** Those in force and to come, the next first. */
export const listDeputies = (db: Db, zone: string): Promise<readonly Deputy[]> =>
  db.any(sql.type(Deputy)`
    select ${columns(zone)} from ${from} where upper(d.during) > core.now() order by lower(d.during), d.id limit 500
  `);

export const getDeputy = (db: Db, id: string, zone: string): Promise<Deputy> =>
  db.one(sql.type(Deputy)`select ${columns(zone)} from ${from} where d.id = ${id} and not isempty(d.during)`);

const between = (it: Pick<NewDeputy, 'startsOn' | 'endsOn'>, zone: string) =>
  sql.fragment`tstzrange(${it.startsOn}::date::timestamp at time zone ${zone}, (${it.endsOn}::date + 1)::timestamp at time zone ${zone})`;

/** Whether somebody acts for the deputy on one of these days. */
export const isAway = (tx: Db, it: NewDeputy, zone: string): Promise<boolean> =>
  tx.exists(sql.unsafe`
    select from laboratory.deputy d where d.practitioner_id = ${it.deputyId} and d.during && ${between(it, zone)}
  `);

/** Null when somebody acts for them at that time already. */
export const insertDeputy = (tx: Db, it: NewDeputy, zone: string): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    insert into laboratory.deputy (practitioner_id, deputy_id, during)
    values (${it.practitionerId}, ${it.deputyId}, ${between(it, zone)})
    on conflict on constraint deputy_one_at_a_time do nothing
    returning id
  `);

/** From now on; one that has not begun never does. Null when the version is no longer that one. */
export const endDeputy = (tx: Db, id: string, version: number): Promise<string | null> =>
  tx.maybeOneFirst(sql.type(Id)`
    update laboratory.deputy set during = tstzrange(least(lower(during), core.now()), core.now())
    where id = ${id} and version = ${version} and upper(during) > core.now()
    returning id
  `);
