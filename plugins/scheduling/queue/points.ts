import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { QueuePriority, ServicePoint, type NewPoint, type NewPriority } from './model.ts';

const Id = z.strictObject({ id: z.uuid() });

const point = sql.fragment`
  select p.id, p.version, p.name, p.kind, p.prefix, p.location_id, l.name as location_name, p.practitioner_id, who.display_name as practitioner_name,
    p.department_id, d.name as department_name, p.takes_check_ins, p.next_point_id, p.active
  from scheduling.service_point p
  left join facility.location l on l.id = p.location_id
  left join facility.practitioner who on who.id = p.practitioner_id
  left join facility.organization d on d.id = p.department_id
`;

/** In use first, then by name. */
export const listPoints = (
  db: Db,
  { limit, after }: { limit: number; after: readonly (string | number)[] | null },
): Promise<readonly ServicePoint[]> =>
  db.any(sql.type(ServicePoint)`
    ${point}
    where ${after === null ? sql.fragment`true` : sql.fragment`(not p.active, p.name, p.id) > (${after[0] === 1}, ${after[1]!}, ${after[2]!}::uuid)`}
    order by not p.active, p.name, p.id
    limit ${limit}
  `);

const getPoint = (db: Db, id: string): Promise<ServicePoint> =>
  db.one(sql.type(ServicePoint)`${point} where p.id = ${id}`);

export const findPoint = (db: Db, id: string): Promise<ServicePoint | null> =>
  db.maybeOne(sql.type(ServicePoint)`${point} where p.id = ${id} and p.active`);

/** @throws refusals place_unknown, practitioner_unknown, point_department_unknown, next_point_unknown, point_leads_elsewhere */
const check = async (tx: Db, it: NewPoint): Promise<void> => {
  const known = await tx.one(
    sql.type(
      z.strictObject({ place: z.boolean(), practitioner: z.boolean(), department: z.boolean(), next: z.boolean() }),
    )`
      select ${it.locationId}::uuid is null or exists (select from facility.location where id = ${it.locationId}::uuid) as place,
        ${it.practitionerId}::uuid is null or exists (select from facility.practitioner where id = ${it.practitionerId}::uuid) as practitioner,
        ${it.departmentId}::uuid is null or exists (select from facility.organization where id = ${it.departmentId}::uuid) as department,
        ${it.nextPointId}::uuid is null or exists (select from scheduling.service_point where id = ${it.nextPointId}::uuid) as next
    `,
  );
  if (!known.place) throw refuse('place_unknown');
  if (!known.practitioner) throw refuse('practitioner_unknown');
  if (!known.department) throw refuse('point_department_unknown');
  if (!known.next) throw refuse('next_point_unknown');
};

export const addPoint = async (tx: Db, it: NewPoint): Promise<ServicePoint> => {
  await check(tx, it);
  const id = await tx.oneFirst(sql.type(Id)`
    insert into scheduling.service_point (name, kind, prefix, location_id, practitioner_id, department_id, takes_check_ins, next_point_id, active)
    values (${it.name}, ${it.kind}, ${it.prefix}, ${it.locationId}, ${it.practitionerId}, ${it.departmentId}, ${it.takesCheckIns}, ${it.nextPointId}, ${it.active})
    returning id
  `);
  await publish(tx, 'scheduling.queue-configured', id);
  return getPoint(tx, id);
};

export const changePoint = async (tx: Db, id: string, version: number, it: NewPoint): Promise<ServicePoint> => {
  await getPoint(tx, id);
  await check(tx, it);
  const changed = await tx.maybeOneFirst(sql.type(Id)`
    update scheduling.service_point
    set name = ${it.name}, kind = ${it.kind}, prefix = ${it.prefix}, location_id = ${it.locationId}, practitioner_id = ${it.practitionerId},
      department_id = ${it.departmentId}, takes_check_ins = ${it.takesCheckIns}, next_point_id = ${it.nextPointId}, active = ${it.active}
    where id = ${id} and version = ${version}
    returning id
  `);
  if (changed === null) throw refuse('version_stale');
  await publish(tx, 'scheduling.queue-configured', id);
  return getPoint(tx, id);
};

/** Highest first. */
export const listPriorities = (db: Db): Promise<readonly QueuePriority[]> =>
  db.any(sql.type(QueuePriority)`
    select code, name, rank, needs_reason from scheduling.queue_priority where active order by rank desc, code limit 100
  `);

/** One that is left out stays with the tickets that have it; nobody gets it any more. */
export const replacePriorities = async (
  tx: Db,
  items: readonly NewPriority[],
): Promise<{ items: readonly QueuePriority[] }> => {
  await tx.query(sql.unsafe`update scheduling.queue_priority set active = false where active`);
  await tx.query(sql.unsafe`
    insert into scheduling.queue_priority (code, name, rank, needs_reason)
    select * from ${sql.unnest(
      items.map((it) => [it.code, it.name, it.rank, it.needsReason]),
      ['text', 'text', 'int2', 'bool'],
    )} p
    on conflict (code) do update set name = excluded.name, rank = excluded.rank, needs_reason = excluded.needs_reason, active = true
  `);
  return { items: await listPriorities(tx) };
};
