import { dbOf, idParams, ifMatch, route, versioned } from '../../../core/routes.ts';
import { publish } from '../../../core/events.ts';
import { itemsOf } from '../../../core/shapes.ts';
import { requirePatient } from '../queries.ts';
import * as actions from './actions.ts';
import { Identifier, IdentifierType, NewIdentifier, NewIdentifierType } from './model.ts';
import { getIdentifier, listIdentifiers, listTypes } from './queries.ts';

type ById = { Params: { id: string } };
const types = route({
  method: 'GET',
  path: '/api/identifier-types',
  options: {
    auth: { scope: 'patient:read' },
    app: {
      patientData: false,
      summary: 'Kinds of numbers that patients have elsewhere',
      response: itemsOf(IdentifierType),
    },
  },
  handler: async (request) => ({ items: await listTypes(dbOf(request)) }),
});

const addType = route<{ Payload: NewIdentifierType }>({
  method: 'POST',
  path: '/api/identifier-types',
  options: {
    auth: { scope: 'identifier-type:write' },
    validate: { payload: NewIdentifierType },
    app: {
      patientData: false,
      summary: 'Adds a kind of number, with its pattern and check digit',
      response: IdentifierType,
    },
  },
  handler: async (request, h) => versioned(h, await actions.addType(dbOf(request), request.payload)).code(201),
});

const changeType = route<ById & { Payload: NewIdentifierType }>({
  method: 'PUT',
  path: '/api/identifier-types/{id}',
  options: {
    auth: { scope: 'identifier-type:write' },
    validate: { params: idParams, payload: NewIdentifierType },
    app: {
      patientData: false,
      versioned: true,
      summary: 'Changes a kind of number; its system stays',
      response: IdentifierType,
    },
  },
  handler: async (request, h) =>
    versioned(h, await actions.changeType(dbOf(request), request.params.id, ifMatch(request), request.payload)),
});

const list = route<ById>({
  method: 'GET',
  path: '/api/patients/{id}/identifiers',
  options: {
    auth: { scope: 'patient:read' },
    validate: { params: idParams },
    app: { summary: 'What others call a patient', patientData: true, response: itemsOf(Identifier) },
  },
  handler: async (request) => {
    const db = dbOf(request);
    await requirePatient(db, request.params.id);
    return { items: await listIdentifiers(db, request.params.id) };
  },
});

const add = route<ById & { Payload: NewIdentifier }>({
  method: 'POST',
  path: '/api/patients/{id}/identifiers',
  options: {
    auth: { scope: 'patient:write' },
    validate: { params: idParams, payload: NewIdentifier },
    app: {
      summary: 'Writes down a number of a patient, once its check digit is right',
      patientData: true,
      idempotent: 'accepted',
      response: Identifier,
    },
  },
  handler: async (request, h) => {
    const db = dbOf(request);
    const { id } = request.params;
    await requirePatient(db, id);
    const made = await actions.addIdentifier(db, id, request.payload);
    await publish(db, 'patients.patient-amended', id);
    return versioned(h, await getIdentifier(db, made)).code(201);
  },
});

const change = route<ById & { Payload: NewIdentifier }>({
  method: 'PUT',
  path: '/api/identifiers/{id}',
  options: {
    auth: { scope: 'patient:write' },
    validate: { params: idParams, payload: NewIdentifier },
    app: {
      versioned: true,
      summary: 'Corrects a number of a patient',
      patientData: true,
      response: Identifier,
    },
  },
  handler: async (request, h) =>
    versioned(h, await actions.changeIdentifier(dbOf(request), request.params.id, ifMatch(request), request.payload)),
});

const end = route<ById>({
  method: 'POST',
  path: '/api/identifiers/{id}/end',
  options: {
    auth: { scope: 'patient:write' },
    validate: { params: idParams },
    app: {
      versioned: true,
      summary: 'Takes a number off a patient; it is free again',
      patientData: true,
      response: Identifier,
    },
  },
  handler: (request) => actions.endIdentifier(dbOf(request), request.params.id, ifMatch(request)),
});

export const identifierRoutes = [types, addType, changeType, list, add, change, end];
