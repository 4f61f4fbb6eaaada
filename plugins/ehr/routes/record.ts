import Joi from 'joi';
import { localeOf, say } from '../../../core/messages.ts';
import { pageOf, pageQuery, readCursor } from '../../../core/paging.ts';
import { dbOf, headerOf, idParams, ifMatch, route, text, uuid, versioned } from '../../../core/routes.ts';
import { itemsOf, pageOfItems } from '../../../core/shapes.ts';
import { recordAllergy, recordCondition, recordVitals, retractAllergy, retractCondition } from '../actions/record.ts';
import {
  Allergy,
  Condition,
  Icd10Code,
  NewAllergy,
  NewCondition,
  NewVitals,
  Observation,
  Substance,
} from '../model.ts';
import { getAllergy } from '../queries/allergies.ts';
import { searchIcd10, searchSubstances } from '../queries/codes.ts';
import { getCondition } from '../queries/conditions.ts';
import { getObservation, listObservations } from '../queries/observations.ts';
import { printedUnit } from '../vitals.ts';

const searchQuery = Joi.object({
  text: text(120).required(),
  limit: Joi.number().integer().min(1).max(100).default(20),
});
interface Search {
  text: string;
  limit: number;
}

const icd10 = route<{ Query: Search }>({
  method: 'GET',
  path: '/api/codes/icd-10-cm',
  options: {
    auth: { scope: 'condition:read' },
    validate: { query: searchQuery },
    app: { patientData: false, summary: 'Diagnoses of ICD-10-CM, by code or words', response: itemsOf(Icd10Code) },
  },
  handler: async (request) => ({ items: await searchIcd10(dbOf(request), request.query.text, request.query.limit) }),
});

const substances = route<{ Query: Search }>({
  method: 'GET',
  path: '/api/codes/substances',
  options: {
    auth: { scope: 'allergy:read' },
    validate: { query: searchQuery },
    app: {
      patientData: false,
      response: itemsOf(Substance),
      summary: 'What one may be allergic to: medicines, groups of them, foods, pollen',
    },
  },
  handler: async (request) => ({
    items: await searchSubstances(dbOf(request), request.query.text, request.query.limit),
  }),
});

// -- conditions ------------------------------------------------------------------------------------------------------------

const readCondition = route<{ Params: { id: string } }>({
  method: 'GET',
  path: '/api/conditions/{id}',
  options: {
    auth: { scope: 'condition:read' },
    validate: { params: idParams },
    app: { summary: 'One diagnosis', patientData: true, response: Condition },
  },
  handler: async (request, h) => versioned(h, await getCondition(dbOf(request), request.params.id)),
});

const addCondition = route<{ Payload: NewCondition }>({
  method: 'POST',
  path: '/api/conditions',
  options: {
    auth: { scope: 'condition:write' },
    validate: { payload: NewCondition },
    app: { summary: 'Records a diagnosis', patientData: true, idempotent: 'accepted', response: Condition },
  },
  handler: async (request, h) => {
    const condition = await recordCondition(dbOf(request), request.payload);
    return versioned(h, condition).code(201).location(`/api/conditions/${condition.id}`);
  },
});

const takeBackCondition = route<{ Params: { id: string } }>({
  method: 'POST',
  path: '/api/conditions/{id}/retract',
  options: {
    auth: { scope: 'condition:write' },
    validate: { params: idParams },
    app: { versioned: true, summary: 'Marks a diagnosis as entered in error', patientData: true, response: Condition },
  },
  handler: async (request, h) =>
    versioned(h, await retractCondition(dbOf(request), request.params.id, ifMatch(request))),
});

// -- observations ----------------------------------------------------------------------------------------------------------

const listOfObservations = route<{
  Query: { patientId: string; code?: string; category?: string; limit: number; cursor?: string };
}>({
  method: 'GET',
  path: '/api/observations',
  options: {
    auth: { scope: 'observation:read' },
    validate: { query: Joi.object({ patientId: uuid().required(), code: text(40), category: text(60), ...pageQuery }) },
    app: {
      summary: 'The observations of a patient, newest first',
      patientData: true,
      response: pageOfItems(Observation),
    },
  },
  handler: async (request) => {
    const { limit, cursor, ...by } = request.query;
    const items = await listObservations(dbOf(request), {
      ...by,
      limit: limit + 1,
      after: readCursor(cursor, 2) as [string, string] | null,
    });
    return pageOf(items, limit, (last) => [last.effectiveAt ?? '-infinity', last.id]);
  },
});

const readObservation = route<{ Params: { id: string } }>({
  method: 'GET',
  path: '/api/observations/{id}',
  options: {
    auth: { scope: 'observation:read' },
    validate: { params: idParams },
    app: { summary: 'One observation', patientData: true, response: Observation },
  },
  handler: async (request, h) => versioned(h, await getObservation(dbOf(request), request.params.id)),
});

const vitals = route<{ Payload: NewVitals }>({
  method: 'POST',
  path: '/api/vitals',
  options: {
    auth: { scope: 'observation:write' },
    validate: { payload: NewVitals },
    app: {
      patientData: true,
      idempotent: 'accepted',
      response: itemsOf(Observation),
      summary: 'One reading; both pressures become one observation',
    },
  },
  handler: async (request, h) => {
    const locale = localeOf(headerOf(request, 'accept-language'));
    const items = await recordVitals(dbOf(request), request.payload, (_field, { lowest, highest, unit }) =>
      say('vital_between', locale, { lowest, highest, unit: printedUnit(unit) }),
    );
    return h.response({ items }).code(201);
  },
});

// -- allergies -------------------------------------------------------------------------------------------------------------

const readAllergy = route<{ Params: { id: string } }>({
  method: 'GET',
  path: '/api/allergies/{id}',
  options: {
    auth: { scope: 'allergy:read' },
    validate: { params: idParams },
    app: { summary: 'One allergy', patientData: true, response: Allergy },
  },
  handler: async (request, h) => versioned(h, await getAllergy(dbOf(request), request.params.id)),
});

const addAllergy = route<{ Payload: NewAllergy }>({
  method: 'POST',
  path: '/api/allergies',
  options: {
    auth: { scope: 'allergy:write' },
    validate: { payload: NewAllergy },
    app: { summary: 'Records an allergy', patientData: true, idempotent: 'accepted', response: Allergy },
  },
  handler: async (request, h) => {
    const allergy = await recordAllergy(dbOf(request), request.payload);
    return versioned(h, allergy).code(201).location(`/api/allergies/${allergy.id}`);
  },
});

const takeBackAllergy = route<{ Params: { id: string } }>({
  method: 'POST',
  path: '/api/allergies/{id}/retract',
  options: {
    auth: { scope: 'allergy:write' },
    validate: { params: idParams },
    app: { versioned: true, summary: 'Marks an allergy as entered in error', patientData: true, response: Allergy },
  },
  handler: async (request, h) => versioned(h, await retractAllergy(dbOf(request), request.params.id, ifMatch(request))),
});

export const recordRoutes = [
  icd10,
  substances,
  readCondition,
  addCondition,
  takeBackCondition,
  listOfObservations,
  readObservation,
  vitals,
  readAllergy,
  addAllergy,
  takeBackAllergy,
];
