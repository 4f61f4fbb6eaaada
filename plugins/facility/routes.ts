import Joi, { type ObjectSchema } from 'joi';
import type { ZodType } from 'zod';
import type { Db } from '../../core/database.ts';
import { publish } from '../../core/events.ts';
import { pageOf, readCursor } from '../../core/paging.ts';
import { refuse } from '../../core/refuse.ts';
import { dbOf, idParams, ifMatch, route, uuid, versioned } from '../../core/routes.ts';
import { pageOfItems } from '../../core/shapes.ts';
import * as m from './model.ts';
import * as q from './queries.ts';

interface Row {
  id: string;
  version: number;
}

/** What one kind of thing needs to have its four doors: list, read, add, change. */
interface Kind<Input, It extends Row> {
  path: string;
  /** One of them, in the API document. */
  called: string;
  event: string;
  shape: ZodType<It>;
  input: ObjectSchema<Input>;
  nameOf: (it: It) => string;
  list: (db: Db, by: q.Listing) => Promise<readonly It[]>;
  get: (db: Db, id: string) => Promise<It>;
  insert: (tx: Db, it: Input) => Promise<string>;
  update: (tx: Db, id: string, version: number, it: Input) => Promise<string | null>;
}

interface Query {
  departmentId?: string;
  active?: boolean;
  kind?: string;
  limit: number;
  cursor?: string;
}
const listQuery = Joi.object({
  departmentId: uuid(),
  active: Joi.boolean(),
  kind: Joi.string().valid(...m.locationKinds),
  limit: Joi.number().integer().min(1).max(100).default(100),
  cursor: Joi.string().max(400),
});

const doorsOf = <Input, It extends Row>({
  path,
  called,
  event,
  shape,
  input,
  nameOf,
  list,
  get,
  insert,
  update,
}: Kind<Input, It>) => [
  route<{ Query: Query }>({
    method: 'GET',
    path,
    options: {
      auth: { scope: 'facility:read' },
      validate: { query: listQuery },
      app: { patientData: false, summary: `Each ${called}, by name`, response: pageOfItems(shape) },
    },
    handler: async (request) => {
      const { cursor, limit, ...by } = request.query;
      const rows = await list(dbOf(request), {
        ...by,
        limit: limit + 1,
        after: readCursor(cursor, 2) as [string, string] | null,
      });
      return pageOf(rows, limit, (last) => [nameOf(last), last.id]);
    },
  }),
  route<{ Params: { id: string } }>({
    method: 'GET',
    path: `${path}/{id}`,
    options: {
      auth: { scope: 'facility:read' },
      validate: { params: idParams },
      app: { patientData: false, summary: `One ${called}`, response: shape },
    },
    handler: async (request, h) => versioned(h, await get(dbOf(request), request.params.id)),
  }),
  route<{ Payload: Input }>({
    method: 'POST',
    path,
    options: {
      auth: { scope: 'facility:write' },
      validate: { payload: input },
      app: { patientData: false, summary: `Adds a ${called}`, response: shape, idempotent: 'accepted' },
    },
    handler: async (request, h) => {
      const tx = dbOf(request);
      const id = await insert(tx, request.payload);
      await publish(tx, event, id);
      return versioned(h, await get(tx, id))
        .code(201)
        .location(`${path}/${id}`);
    },
  }),
  route<{ Params: { id: string }; Payload: Input }>({
    method: 'PUT',
    path: `${path}/{id}`,
    options: {
      auth: { scope: 'facility:write' },
      validate: { params: idParams, payload: input },
      app: { patientData: false, versioned: true, summary: `Changes a ${called}`, response: shape },
    },
    handler: async (request, h) => {
      const tx = dbOf(request);
      const { id } = request.params;
      const version = ifMatch(request);
      const before = await get(tx, id);
      if ((await update(tx, id, version, request.payload)) === null)
        throw refuse('version_stale', { version: before.version });
      await publish(tx, event, id);
      return versioned(h, await get(tx, id));
    },
  }),
];

const me = route({
  method: 'GET',
  path: '/api/me/practitioner',
  options: {
    app: {
      patientData: false,
      access: 'signed-in',
      response: m.Practitioner,
      summary: 'The practitioner that the signed-in user is; 404 for everybody else',
    },
  },
  handler: async (request, h) => {
    const db = dbOf(request);
    const practitioner = await q.findPractitionerOfUser(db, db.actor.id);
    if (!practitioner) throw refuse('not_found');
    return versioned(h, practitioner);
  },
});

export const routes = [
  ...doorsOf({
    path: '/api/departments',
    called: 'department',
    event: 'facility.department-changed',
    shape: m.Department,
    input: m.DepartmentInput,
    nameOf: (it) => it.name,
    list: q.listDepartments,
    get: q.getDepartment,
    insert: q.insertDepartment,
    update: q.updateDepartment,
  }),
  ...doorsOf({
    path: '/api/practitioners',
    called: 'practitioner',
    event: 'facility.practitioner-changed',
    shape: m.Practitioner,
    input: m.PractitionerInput,
    nameOf: (it) => `${it.familyName} ${it.givenName}`,
    list: q.listPractitioners,
    get: q.getPractitioner,
    insert: async (tx, it) => {
      const id = await q.insertPractitioner(tx, it);
      await q.setRole(tx, id, it);
      return id;
    },
    update: async (tx, id, version, it) => {
      const updated = await q.updatePractitioner(tx, id, version, it);
      if (updated !== null) await q.setRole(tx, id, it);
      return updated;
    },
  }),
  ...doorsOf({
    path: '/api/locations',
    called: 'location',
    event: 'facility.location-changed',
    shape: m.Location,
    input: m.LocationInput,
    nameOf: (it) => it.name,
    list: q.listLocations,
    get: q.getLocation,
    insert: q.insertLocation,
    update: q.updateLocation,
  }),
  ...doorsOf({
    path: '/api/devices',
    called: 'device',
    event: 'facility.device-changed',
    shape: m.Device,
    input: m.DeviceInput,
    nameOf: (it) => it.name,
    list: q.listDevices,
    get: q.getDevice,
    insert: q.insertDevice,
    update: q.updateDevice,
  }),
  ...doorsOf({
    path: '/api/services',
    called: 'service',
    event: 'facility.service-changed',
    shape: m.Service,
    input: m.ServiceInput,
    nameOf: (it) => it.name,
    list: q.listServices,
    get: q.getService,
    insert: q.insertService,
    update: q.updateService,
  }),
  me,
];
