import Joi from 'joi';
import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { day, dbOf, idParams, ifMatch, route, text, versioned } from '../../../core/routes.ts';
import { DateText, itemsOf } from '../../../core/shapes.ts';

/** A day on which the house is closed, but for hours that say that they are also on holidays. */
export const Holiday = z
  .strictObject({ id: z.uuid(), version: z.int(), onDate: DateText, name: z.string() })
  .meta({ id: 'Holiday' });
type Holiday = z.infer<typeof Holiday>;
interface NewHoliday {
  onDate: string;
  name: string;
}

/** From the last month on, the next first. */
const listHolidays = (db: Db): Promise<readonly Holiday[]> =>
  db.any(sql.type(Holiday)`
    select id, version, on_date, name from scheduling.holiday where on_date > (core.now() - interval '31 days')::date order by on_date limit 500
  `);

const insertHoliday = (tx: Db, it: NewHoliday): Promise<Holiday | null> =>
  tx.maybeOne(sql.type(Holiday)`
    insert into scheduling.holiday (on_date, name) values (${it.onDate}, ${it.name}) on conflict do nothing returning id, version, on_date, name
  `);

const list = route({
  method: 'GET',
  path: '/api/holidays',
  options: {
    auth: { scope: 'appointment:read' },
    app: {
      patientData: false,
      summary: 'Days on which the house is closed, the next first',
      response: itemsOf(Holiday),
    },
  },
  handler: async (request) => ({ items: await listHolidays(dbOf(request)) }),
});

const add = route<{ Payload: NewHoliday }>({
  method: 'POST',
  path: '/api/holidays',
  options: {
    auth: { scope: 'availability:write' },
    validate: { payload: Joi.object({ onDate: day().required(), name: text().required() }) },
    app: {
      patientData: false,
      summary: 'A day on which the house is closed; 409 when it is one already',
      response: Holiday,
    },
  },
  handler: async (request, h) => {
    const tx = dbOf(request);
    const holiday = await insertHoliday(tx, request.payload);
    if (!holiday) throw refuse('holiday_once');
    await publish(tx, 'scheduling.holidays-changed', holiday.id, {});
    return versioned(h, holiday).code(201);
  },
});

const remove = route<{ Params: { id: string } }>({
  method: 'DELETE',
  path: '/api/holidays/{id}',
  options: {
    auth: { scope: 'availability:write' },
    validate: { params: idParams },
    app: { patientData: false, versioned: true, summary: 'The house is open on that day after all', response: null },
  },
  handler: async (request, h) => {
    const tx = dbOf(request);
    const { id } = request.params;
    const { version } = await tx.one(sql.type(z.strictObject({ version: z.int() }))`
      select version from scheduling.holiday where id = ${id}
    `);
    if (version !== ifMatch(request)) throw refuse('version_stale', { version });
    await tx.query(sql.unsafe`delete from scheduling.holiday where id = ${id} and version = ${version}`);
    await publish(tx, 'scheduling.holidays-changed', id, {});
    return h.response().code(204);
  },
});

export const holidayRoutes = [list, add, remove];
