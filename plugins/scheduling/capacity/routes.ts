import Joi from 'joi';
import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { dbOf, ifMatch, route, uuid, versioned } from '../../../core/routes.ts';
import { itemsOf } from '../../../core/shapes.ts';

/** How many appointments somebody or something serves at one time; version 0: one, and never otherwise. */
export const Capacity = z
  .strictObject({ actorId: z.uuid(), capacity: z.int(), version: z.int() })
  .meta({ id: 'Capacity' });
type Capacity = z.infer<typeof Capacity>;

/** Only those of more than one; everybody else and everything else serves one at a time. */
const listCapacities = (db: Db): Promise<readonly Capacity[]> =>
  db.any(sql.type(Capacity)`
    select id as actor_id, capacity, version from scheduling.capacity where capacity > 1 order by id limit 5000
  `);

/** @throws NotFoundError: a patient, too, is at one place at a time */
const getCapacity = (db: Db, actorId: string): Promise<Capacity> =>
  db.one(sql.type(Capacity)`
    select it.id as actor_id, coalesce(c.capacity, 1) as capacity, coalesce(c.version, 0) as version
    from (
      select id from facility.practitioner where id = ${actorId}
      union all select id from facility.location where id = ${actorId}
      union all select id from facility.device where id = ${actorId} and patient_id is null -- shows no patient
    ) it
    left join scheduling.capacity c on c.id = it.id
  `);

/** Null when the version is no longer that one. */
const writeCapacity = (tx: Db, { actorId, capacity, version }: Capacity): Promise<unknown> =>
  tx.maybeOne(
    version === 0
      ? sql.unsafe`insert into scheduling.capacity (id, capacity) values (${actorId}, ${capacity}) on conflict do nothing returning id`
      : sql.unsafe`update scheduling.capacity set capacity = ${capacity} where id = ${actorId} and version = ${version} returning id`,
  );

/** @throws NotFoundError, refusals version_stale, capacity_in_use */
export const setCapacity = async (tx: Db, wanted: Capacity): Promise<Capacity> => {
  const { actorId, capacity } = wanted;
  const { version } = await getCapacity(tx, actorId);
  if ((await writeCapacity(tx, wanted)) === null) throw refuse('version_stale', { version });
  const Done = z.strictObject({ done: z.boolean() });
  const { done } = await tx.one(sql.type(Done)`select scheduling.set_capacity(${actorId}, ${capacity}) as done`);
  if (!done) throw refuse('capacity_in_use');
  await publish(tx, 'scheduling.capacity-changed', actorId, { capacity });
  return getCapacity(tx, actorId);
};

const params = Joi.object({ actorId: uuid().required() });

const list = route({
  method: 'GET',
  path: '/api/capacities',
  options: {
    auth: { scope: 'appointment:read' },
    app: {
      patientData: false,
      response: itemsOf(Capacity),
      summary: 'Practitioners, rooms and equipment that serve more than one at a time',
    },
  },
  handler: async (request) => ({ items: await listCapacities(dbOf(request)) }),
});

const read = route<{ Params: { actorId: string } }>({
  method: 'GET',
  path: '/api/capacities/{actorId}',
  options: {
    auth: { scope: 'appointment:read' },
    validate: { params },
    app: {
      patientData: false,
      response: Capacity,
      summary: 'How many a practitioner, a room or a device serves at one time',
    },
  },
  handler: async (request, h) => versioned(h, await getCapacity(dbOf(request), request.params.actorId)),
});

const change = route<{ Params: { actorId: string }; Payload: { capacity: number } }>({
  method: 'PUT',
  path: '/api/capacities/{actorId}',
  options: {
    auth: { scope: 'availability:write' },
    validate: {
      params,
      payload: Joi.object({ capacity: Joi.number().integer().min(1).max(50).required() }),
    },
    app: {
      patientData: false,
      versioned: true,
      response: Capacity,
      summary:
        'Sets how many a practitioner, a room or a device serves at one time; 409 capacity-in-use while more are booked',
    },
  },
  handler: async (request, h) => {
    const { actorId } = request.params;
    const { capacity } = request.payload;
    return versioned(h, await setCapacity(dbOf(request), { actorId, capacity, version: ifMatch(request) }));
  },
});

export const capacityRoutes = [list, read, change];
