import type { ObjectSchema } from 'joi';
import Joi from 'joi';
import type { Db } from '../../core/database.ts';
import { dbOf, idParams, ifMatch, route, versioned } from '../../core/routes.ts';
import * as beds from './actions/beds.ts';
import * as stays from './actions/stays.ts';
import * as m from './model.ts';
import { getBed, getWard, listWards } from './queries/beds.ts';
import { getStay, listWaiting } from './queries/stays.ts';

interface Id {
  id: string;
}
const zoneOf = (request: { server: { app: { hms: { config: { zone: string } } } } }): string =>
  request.server.app.hms.config.zone;

const board = route({
  method: 'GET',
  path: '/api/bed-board',
  options: {
    auth: { scope: 'stay:read' },
    app: { patientData: true, response: m.BedBoard, summary: 'Every ward with its beds, and who waits for one' },
  },
  handler: async (request) => {
    const db = dbOf(request);
    const [wards, waiting] = await Promise.all([listWards(db), listWaiting(db)]);
    return { wards, waiting };
  },
});

const one = { patientData: true, response: m.Stay } as const;

const ask = route<{ Payload: m.NewStay }>({
  method: 'POST',
  path: '/api/stays',
  options: {
    auth: { scope: 'stay:write' },
    validate: { payload: m.NewStay },
    app: { ...one, idempotent: 'accepted', summary: 'Asks for a bed; with `bedId` the patient is admitted at once' },
  },
  handler: async (request, h) => {
    const stay = await stays.requestStay(dbOf(request), request.payload, zoneOf(request));
    return versioned(h, stay).code(201).location(`/api/stays/${stay.id}`);
  },
});

const read = route<{ Params: Id }>({
  method: 'GET',
  path: '/api/stays/{id}',
  options: {
    auth: { scope: 'stay:read' },
    validate: { params: idParams },
    app: { ...one, summary: 'One stay with its beds' },
  },
  handler: async (request, h) => versioned(h, await getStay(dbOf(request), request.params.id)),
});

/** A verb on an existing stay: the version that was read comes with it. */
const verb = <Payload = object>(
  name: string,
  summary: string,
  scope: string,
  payload: ObjectSchema<Payload>,
  act: (tx: Db, at: stays.At, it: Payload) => Promise<m.Stay>,
) =>
  route<{ Params: Id; Payload: Payload }>({
    method: 'POST',
    path: `/api/stays/{id}/${name}`,
    options: { auth: { scope }, validate: { params: idParams, payload }, app: { ...one, versioned: true, summary } },
    handler: async (request, h) => {
      const at = { id: request.params.id, version: ifMatch(request), zone: zoneOf(request) };
      return versioned(h, await act(dbOf(request), at, request.payload));
    },
  });
const nothing = Joi.object({});

const readBed = route<{ Params: Id }>({
  method: 'GET',
  path: '/api/beds/{id}',
  options: {
    auth: { scope: 'stay:read' },
    validate: { params: idParams },
    app: { summary: 'One bed and who lies in it', patientData: true, response: m.Bed },
  },
  handler: async (request, h) => versioned(h, await getBed(dbOf(request), request.params.id)),
});

const bedState = route<{ Params: Id; Payload: m.NewState }>({
  method: 'POST',
  path: '/api/beds/{id}/state',
  options: {
    auth: { scope: 'bed:write' },
    validate: { params: idParams, payload: m.NewState },
    app: {
      versioned: true,
      patientData: true,
      response: m.Bed,
      summary: 'Cleaned, closed, isolated: of a bed without a patient',
    },
  },
  handler: async (request, h) =>
    versioned(
      h,
      await beds.changeState(dbOf(request), { id: request.params.id, version: ifMatch(request) }, request.payload),
    ),
});

const addBed = route<{ Payload: m.NewBed }>({
  method: 'POST',
  path: '/api/beds',
  options: {
    auth: { scope: 'ward:write' },
    validate: { payload: m.NewBed },
    app: { summary: 'Adds a bed to a ward', patientData: true, response: m.Bed, idempotent: 'accepted' },
  },
  handler: async (request, h) => {
    const bed = await beds.addBed(dbOf(request), request.payload);
    return versioned(h, bed).code(201).location(`/api/beds/${bed.id}`);
  },
});

const readWard = route<{ Params: Id }>({
  method: 'GET',
  path: '/api/wards/{id}',
  options: {
    auth: { scope: 'stay:read' },
    validate: { params: idParams },
    app: { summary: 'One ward with its beds', patientData: true, response: m.Ward },
  },
  handler: async (request, h) => versioned(h, await getWard(dbOf(request), request.params.id)),
});

const addWard = route<{ Payload: m.WardInput }>({
  method: 'POST',
  path: '/api/wards',
  options: {
    auth: { scope: 'ward:write' },
    validate: { payload: m.WardInput },
    app: { summary: 'Adds a ward', patientData: true, response: m.Ward, idempotent: 'accepted' },
  },
  handler: async (request, h) => {
    const ward = await beds.addWard(dbOf(request), request.payload);
    return versioned(h, ward).code(201).location(`/api/wards/${ward.id}`);
  },
});

const amendWard = route<{ Params: Id; Payload: m.WardInput }>({
  method: 'PUT',
  path: '/api/wards/{id}',
  options: {
    auth: { scope: 'ward:write' },
    validate: { params: idParams, payload: m.WardInput },
    app: { summary: 'Changes a ward', versioned: true, patientData: true, response: m.Ward },
  },
  handler: async (request, h) =>
    versioned(
      h,
      await beds.amendWard(dbOf(request), { id: request.params.id, version: ifMatch(request) }, request.payload),
    ),
});

const write = 'stay:write';
const order = 'discharge:order';
export const routes = [
  board,
  ask,
  read,
  verb('reserve', 'Keeps a bed for a patient who waits', write, m.ToBed, stays.reserve),
  verb('release', 'Gives a reserved bed back', write, nothing, stays.releaseReserved),
  verb('admit', 'The patient is admitted into a bed', write, m.IntoBed, stays.admit),
  verb('transfer', 'Moves the patient to another bed', write, m.IntoBed, stays.transfer),
  verb('plan', 'Says when the patient is expected to leave', write, m.Plan, stays.plan),
  verb('order-discharge', 'The doctor orders the discharge', order, m.DischargeOrder, stays.orderDischarge),
  verb('withdraw-discharge-order', 'Takes the order to discharge back', order, nothing, stays.withdrawDischargeOrder),
  verb('clear', 'Nothing medical keeps the patient any more', order, nothing, stays.clear),
  verb('discharge', 'The patient leaves, and the bed is free to be cleaned', write, m.Discharge, stays.discharge),
  verb(
    'cancel-admission',
    'Takes an admission back that was a mistake, with the reason',
    write,
    m.Reason,
    stays.cancelAdmission,
  ),
  verb('cancel-transfer', 'Takes the last transfer back', write, nothing, stays.cancelTransfer),
  verb('cancel-discharge', 'Takes a discharge back', write, nothing, stays.cancelDischarge),
  readBed,
  bedState,
  addBed,
  readWard,
  addWard,
  amendWard,
];
