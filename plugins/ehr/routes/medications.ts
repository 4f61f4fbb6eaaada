import Joi from 'joi';
import { dbOf, idParams, ifMatch, route, text, versioned } from '../../../core/routes.ts';
import { itemsOf } from '../../../core/shapes.ts';
import { cancelRequest, prescribe } from '../actions/medications.ts';
import { Medication, MedicationRequest, NewMedicationRequest } from '../model.ts';
import { getMedication, getMedicationRequest, listMedications } from '../queries/medications.ts';

const list = route<{ Query: { text?: string; limit: number } }>({
  method: 'GET',
  path: '/api/medications',
  options: {
    auth: { scope: 'medication:read' },
    validate: {
      query: Joi.object({ text: text(120).allow(''), limit: Joi.number().integer().min(1).max(200).default(50) }),
    },
    app: { patientData: false, response: itemsOf(Medication), summary: 'The formulary, by any words of the display' },
  },
  handler: async (request) => {
    const words = (request.query.text ?? '').split(/\s+/).filter(Boolean).slice(0, 8);
    return { items: await listMedications(dbOf(request), words, request.query.limit) };
  },
});

const read = route<{ Params: { id: string } }>({
  method: 'GET',
  path: '/api/medications/{id}',
  options: {
    auth: { scope: 'medication:read' },
    validate: { params: idParams },
    app: { patientData: false, summary: 'One medication of the formulary', response: Medication },
  },
  handler: (request) => getMedication(dbOf(request), request.params.id),
});

const readRequest = route<{ Params: { id: string } }>({
  method: 'GET',
  path: '/api/medication-requests/{id}',
  options: {
    auth: { scope: 'medication-request:read' },
    validate: { params: idParams },
    app: { summary: 'One prescription', patientData: true, response: MedicationRequest },
  },
  handler: async (request, h) => versioned(h, await getMedicationRequest(dbOf(request), request.params.id)),
});

const add = route<{ Payload: NewMedicationRequest }>({
  method: 'POST',
  path: '/api/medication-requests',
  options: {
    auth: { scope: 'medication-request:write' },
    validate: { payload: NewMedicationRequest },
    app: {
      patientData: true,
      idempotent: 'accepted',
      response: MedicationRequest,
      summary: 'A prescription; allergies are checked and override only with a reason',
    },
  },
  handler: async (request, h) => {
    const made = await prescribe(dbOf(request), request.payload);
    return versioned(h, made).code(201).location(`/api/medication-requests/${made.id}`);
  },
});

const cancel = route<{ Params: { id: string }; Payload: { reason: string } }>({
  method: 'POST',
  path: '/api/medication-requests/{id}/cancel',
  options: {
    auth: { scope: 'medication-request:write' },
    validate: { params: idParams, payload: Joi.object({ reason: text(500).required() }) },
    app: {
      versioned: true,
      summary: 'Takes a prescription back, with the reason',
      patientData: true,
      response: MedicationRequest,
    },
  },
  handler: async (request, h) =>
    versioned(h, await cancelRequest(dbOf(request), request.params.id, ifMatch(request), request.payload.reason)),
});

export const medicationRoutes = [list, read, readRequest, add, cancel];
