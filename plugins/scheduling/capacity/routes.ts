import Joi from 'joi';
import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { dbOf, route, uuid } from '../../../core/routes.ts';
import { itemsOf } from '../../../core/shapes.ts';

/** How many appointments somebody or something serves at one time. */
export const Capacity = z.strictObject({ actorId: z.uuid(), capacity: z.int() }).meta({ id: 'Capacity' });
type Capacity = z.infer<typeof Capacity>;

/** Only those of more than one; everybody else and everything else serves one at a time. */
const listCapacities = (db: Db): Promise<readonly Capacity[]> =>
  db.any(sql.type(Capacity)`
    select l.actor_id, 1 + count(*)::integer as capacity
    from scheduling.lane l
    where not l.beyond
    group by l.actor_id
    order by l.actor_id
    limit 5000
  `);

/** @throws refusals not_found (a patient, too, is at one place at a time), capacity_in_use */
export const setCapacity = async (tx: Db, actorId: string, capacity: number): Promise<Capacity> => {
  const ofTheHouse = await tx.exists(sql.unsafe`
    select from facility.practitioner where id = ${actorId}
    union all select from facility.location where id = ${actorId}
    union all select from facility.device where id = ${actorId} and patient_id is null -- shows no patient
  `);
  if (!ofTheHouse) throw refuse('not_found');
  const Done = z.strictObject({ done: z.boolean() });
  const { done } = await tx.one(sql.type(Done)`select scheduling.set_capacity(${actorId}, ${capacity}) as done`);
  if (!done) throw refuse('capacity_in_use');
  await publish(tx, 'scheduling.capacity-changed', actorId, { capacity });
  return { actorId, capacity };
};

const list = route({
  method: 'GET',
  path: '/api/capacities',
  options: {
    auth: { scope: 'appointment:read' },
    app: {
      response: itemsOf(Capacity),
      summary: 'Practitioners, rooms and equipment that serve more than one at a time',
    },
  },
  handler: async (request) => ({ items: await listCapacities(dbOf(request)) }),
});

const change = route<{ Params: { actorId: string }; Payload: { capacity: number } }>({
  method: 'PUT',
  path: '/api/capacities/{actorId}',
  options: {
    auth: { scope: 'availability:write' },
    validate: {
      params: Joi.object({ actorId: uuid().required() }),
      payload: Joi.object({ capacity: Joi.number().integer().min(1).max(50).required() }),
    },
    app: {
      response: Capacity,
      summary:
        'How many a practitioner, a room or a device serves at one time; 409 capacity-in-use while more are booked',
    },
  },
  handler: (request) => setCapacity(dbOf(request), request.params.actorId, request.payload.capacity),
});

export const capacityRoutes = [list, change];
