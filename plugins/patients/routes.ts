import Joi from 'joi';
import { z } from 'zod';
import { may } from '../../core/access.ts';
import type { AuditNote } from '../../core/audit/write.ts';
import { sql } from '../../core/database.ts';
import type { Plugin } from '../../core/plugin.ts';
import { dbOf, idParams, ifMatch, route, text, versioned } from '../../core/routes.ts';
import { itemsOf } from '../../core/shapes.ts';
import { amendPatient } from './actions.ts';
import { registerNew } from './duplicates/register.ts';
import { knowTypes } from './identifiers/actions.ts';
import { findDuplicates } from './duplicates/queries.ts';
import {
  AmendedPatient,
  Candidate,
  Likeness,
  NewPatient,
  Patient,
  PatientSummary,
  type PatientInput,
} from './model.ts';
import { getLivingPatient, getRecord } from './queries.ts';
import { findPatients } from './search/index.ts';
import { Protection } from './protection/model.ts';

const listed = (result: { items: { id: string }[] }): AuditNote => ({
  action: 'E',
  subtype: 'listed',
  patientIds: result.items.map(({ id }) => id),
});
const itself = (patient: { id: string }) => ({ object: `Patient/${patient.id}`, patientIds: [patient.id] });
const newest = 50;

/** People are searched by POST: names and birth dates never stand in an address or a log. */
const search = route<{ Payload: { text: string; limit: number } }>({
  method: 'POST',
  path: '/api/patients/search',
  options: {
    auth: { scope: 'patient:read' },
    validate: {
      payload: Joi.object({ text: text(120).required(), limit: Joi.number().integer().min(1).max(50).default(12) }),
    },
    app: {
      summary: 'Patients by name, number, phone or birth date',
      limit: 'search',
      patientData: true,
      audit: listed,
      response: itemsOf(PatientSummary),
    },
  },
  handler: async (request) => ({
    items: await findPatients(dbOf(request), request.payload.text, request.payload.limit),
  }),
});

const duplicates = route<{ Payload: Likeness }>({
  method: 'POST',
  path: '/api/patients/duplicates',
  options: {
    auth: { scope: 'patient:read' },
    validate: { payload: Likeness },
    app: {
      summary: 'Who is registered already and may be the same person',
      patientData: true,
      audit: listed,
      response: itemsOf(Candidate),
    },
  },
  handler: async (request) => {
    const db = dbOf(request);
    await knowTypes(db, request.payload.identifiers ?? []);
    return { items: await findDuplicates(db, request.payload) };
  },
});

const register = route<{ Payload: NewPatient }>({
  method: 'POST',
  path: '/api/patients',
  options: {
    auth: { scope: 'patient:write' },
    validate: { payload: NewPatient },
    app: {
      summary: 'Registers a patient; who certainly seems to be here already is registered with a reason only',
      patientData: true,
      idempotent: 'accepted',
      audit: itself,
      response: Patient,
    },
  },
  handler: async (request, h) => {
    const patient = await registerNew(dbOf(request), request.payload);
    return versioned(h, patient).code(201).location(`/api/patients/${patient.id}`);
  },
});

const read = route<{ Params: { id: string } }>({
  method: 'GET',
  path: '/api/patients/{id}',
  options: {
    auth: { scope: 'patient:read' },
    validate: { params: idParams },
    app: {
      summary:
        'One patient; a record that was merged leads to the one it was merged into, which Content-Location names',
      patientData: true,
      response: Patient,
    },
  },
  handler: async (request, h) => {
    const patient = await getLivingPatient(dbOf(request), request.params.id);
    const answer = versioned(h, patient);
    return patient.id === request.params.id ? answer : answer.header('content-location', `/api/patients/${patient.id}`);
  },
});

const amend = route<{ Params: { id: string }; Payload: PatientInput }>({
  method: 'PUT',
  path: '/api/patients/{id}',
  options: {
    auth: { scope: 'patient:write' },
    validate: { params: idParams, payload: AmendedPatient },
    app: { versioned: true, summary: 'Amends what is known of a patient', patientData: true, response: Patient },
  },
  handler: async (request, h) =>
    versioned(h, await amendPatient(dbOf(request), request.params.id, ifMatch(request), request.payload)),
});

/** With the sections of the plugins that are on; one that this person may not read is left out. */
const PatientRecord = (plugins: readonly Plugin[]) =>
  z
    .strictObject({
      patient: Patient,
      protection: Protection,
      ...Object.fromEntries(
        plugins
          .flatMap(({ record = {} }) => Object.entries(record))
          .map(([key, { response }]) => [key, response.optional()]),
      ),
    })
    .meta({ id: 'PatientRecord' });

/** The complete record: a section of each enabled plugin that this person may read, joined into one statement. */
const record = route<{ Params: { id: string }; Query: { all: boolean } }>({
  method: 'GET',
  path: '/api/patients/{id}/record',
  options: {
    auth: { scope: 'patient:read' },
    validate: { params: idParams, query: Joi.object({ all: Joi.boolean().default(false) }) },
    app: {
      summary: 'The complete record, section by section, of what the caller may see',
      patientData: true,
      response: PatientRecord,
    },
  },
  handler: async (request, h) => {
    const db = dbOf(request);
    const at = { patientId: sql.fragment`it.id`, limit: request.query.all ? null : newest };
    const sections = request.server.app.hms.plugins
      .flatMap((plugin) => Object.entries(plugin.record ?? {}))
      .filter(([, section]) => may(db.actor, section.permission))
      .map(([key, section]) => [key, section.query(db, at)] as const);
    return h.response(await getRecord(db, request.params.id, sections)).type('application/json; charset=utf-8');
  },
});

export const routes = [search, duplicates, register, read, amend, record];
