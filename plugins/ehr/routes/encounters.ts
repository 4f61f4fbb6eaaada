import type { Server } from '@hapi/hapi';
import Joi from 'joi';
import type { z } from 'zod';
import { pageOf, pageQuery, readCursor } from '../../../core/paging.ts';
import { offered } from '../../../core/plugin.ts';
import { day, dbOf, idParams, ifMatch, route, text, uuid, versioned } from '../../../core/routes.ts';
import { itemsOf, pageOfItems } from '../../../core/shapes.ts';
import { cancel, finish, start, walkIn } from '../actions/encounters.ts';
import { demandOwnVisit, leadsVisitPlace, type LeadsVisit } from '../actions/stays.ts';
import { EncounterDetail, encounterStatus, EncounterItem, NewEncounter, VisitStage } from '../model.ts';
import {
  beginsAt,
  getEncounterDetail,
  getEncounterItem,
  listEncounters,
  listVisitStages,
} from '../queries/encounters.ts';

interface Query {
  practitionerId?: string;
  patientId?: string;
  date?: string;
  status?: string;
  limit: number;
  cursor?: string;
}
const statuses = Joi.string().pattern(
  new RegExp(`^(${encounterStatus.join('|')})(,(${encounterStatus.join('|')}))*$`),
  'statuses, with commas',
);

/** The day as the hospital's clock on the wall has it: 23, 24 or 25 hours. */
const dayOf = (date: string, zone: string): [string, string] => {
  const first = Temporal.PlainDate.from(date).toZonedDateTime(zone);
  return [first.toInstant().toString(), first.add({ days: 1 }).toInstant().toString()];
};

const list = route<{ Query: Query }>({
  method: 'GET',
  path: '/api/encounters',
  options: {
    auth: { scope: 'encounter:read' },
    validate: {
      query: Joi.object({ practitionerId: uuid(), patientId: uuid(), date: day(), status: statuses, ...pageQuery }),
    },
    app: {
      summary: 'The visits, newest first; those of a day, earliest first',
      patientData: true,
      response: pageOfItems(EncounterItem),
    },
  },
  handler: async (request) => {
    const { date, status, limit, cursor, ...by } = request.query;
    const items = await listEncounters(dbOf(request), {
      ...by,
      ...(date ? { during: dayOf(date, request.server.app.hms.config.zone) } : {}),
      ...(status ? { status: status.split(',') } : {}),
      limit: limit + 1,
      after: readCursor(cursor, 2) as [string, string] | null,
    });
    return pageOf(items, limit, (last) => [beginsAt(last), last.id]);
  },
});

const stages = route<{ Query: { practitionerId?: string; departmentId?: string } }>({
  method: 'GET',
  path: '/api/encounters/stages',
  options: {
    auth: { scope: 'visit-stage:read' },
    validate: { query: Joi.object({ practitionerId: uuid(), departmentId: uuid() }) },
    app: {
      patientData: false,
      summary: 'How long the visits of today wait, are with the doctor, and take',
      response: itemsOf(VisitStage),
    },
  },
  handler: async (request) => ({
    items: await listVisitStages(dbOf(request), request.server.app.hms.config.zone, request.query),
  }),
});

const add = route<{ Payload: NewEncounter }>({
  method: 'POST',
  path: '/api/encounters',
  options: {
    auth: { scope: 'encounter:write' },
    validate: { payload: NewEncounter },
    app: {
      patientData: true,
      idempotent: 'accepted',
      response: EncounterItem,
      summary: 'A patient who came without an appointment is waiting',
    },
  },
  handler: async (request, h) => {
    const tx = dbOf(request);
    const id = await walkIn(tx, request.payload);
    return versioned(h, await getEncounterItem(tx, id))
      .code(201)
      .location(`/api/encounters/${id}`);
  },
});

const read = route<{ Params: { id: string } }>({
  method: 'GET',
  path: '/api/encounters/{id}',
  options: {
    auth: { scope: 'encounter:read' },
    validate: { params: idParams },
    app: {
      summary: 'One visit',
      patientData: true,
      response: EncounterDetail,
      audit: (detail: z.infer<typeof EncounterDetail>) => ({
        object: `Encounter/${detail.encounter.id}`,
        patientIds: [detail.encounter.patientId],
      }),
    },
  },
  handler: async (request, h) => {
    const detail = await getEncounterDetail(dbOf(request), request.params.id);
    return h.response(detail).header('etag', `W/"${detail.encounter.version}"`);
  },
});

/** Who leads visits: the plugin that keeps stays, where it is on. */
const leadersOf = (request: { server: Server }): LeadsVisit[] =>
  offered<LeadsVisit>(request.server.app.hms.plugins, leadsVisitPlace);

const begin = route<{ Params: { id: string } }>({
  method: 'POST',
  path: '/api/encounters/{id}/start',
  options: {
    auth: { scope: 'encounter:write' },
    validate: { params: idParams },
    app: {
      versioned: true,
      summary: 'The doctor begins to see the patient',
      patientData: true,
      response: EncounterItem,
    },
  },
  handler: async (request, h) => {
    const tx = dbOf(request);
    await demandOwnVisit(tx, request.params.id, leadersOf(request));
    await start(tx, request.params.id, ifMatch(request));
    return versioned(h, await getEncounterItem(tx, request.params.id));
  },
});

const end = route<{ Params: { id: string } }>({
  method: 'POST',
  path: '/api/encounters/{id}/finish',
  options: {
    auth: { scope: 'encounter:write' },
    validate: { params: idParams },
    app: { versioned: true, summary: 'The visit is over', patientData: true, response: EncounterItem },
  },
  handler: async (request, h) => {
    const tx = dbOf(request);
    await demandOwnVisit(tx, request.params.id, leadersOf(request));
    await finish(tx, request.params.id, ifMatch(request));
    return versioned(h, await getEncounterItem(tx, request.params.id));
  },
});

const leave = route<{ Params: { id: string }; Payload: { reason?: string } | null }>({
  method: 'POST',
  path: '/api/encounters/{id}/cancel',
  options: {
    auth: { scope: 'encounter:write' },
    validate: { params: idParams, payload: Joi.object({ reason: text(500) }).allow(null) },
    app: {
      versioned: true,
      patientData: true,
      response: EncounterItem,
      summary: 'The patient left before being seen, or the visit was opened by mistake',
    },
  },
  handler: async (request, h) => {
    const tx = dbOf(request);
    await demandOwnVisit(tx, request.params.id, leadersOf(request));
    await cancel(tx, request.params.id, ifMatch(request), request.payload?.reason ?? null);
    return versioned(h, await getEncounterItem(tx, request.params.id));
  },
});

export const encounterRoutes = [list, stages, add, read, begin, end, leave];
