import Joi from 'joi';
import { dbOf, idParams, ifMatch, route, uuid, versioned } from '../../../core/routes.ts';
import { itemsOf } from '../../../core/shapes.ts';
import { Patient } from '../model.ts';
import { getPatient, requirePatient } from '../queries.ts';
import { mergePatients, previewOf, unmergePatient } from './actions.ts';
import { Merge, MergePreview, NewMerge, NewUnmerge, Unmerged } from './model.ts';
import { listMerges } from './queries.ts';

const preview = route<{ Params: { id: string }; Query: { otherId: string } }>({
  method: 'GET',
  path: '/api/patients/{id}/merge',
  options: {
    auth: { scope: 'patient:merge' },
    validate: { params: idParams, query: Joi.object({ otherId: uuid().required() }) },
    app: {
      summary: 'Two records side by side, what would move from the other to this one, and what stands in the way',
      patientData: true,
      audit: ({ patient, other }: MergePreview) => ({
        object: `Patient/${patient.id}`,
        patientIds: [patient.id, other.id],
      }),
      response: MergePreview,
    },
  },
  handler: (request) => previewOf(dbOf(request), request.params.id, request.query.otherId),
});

const merge = route<{ Params: { id: string }; Payload: NewMerge }>({
  method: 'POST',
  path: '/api/patients/{id}/merge',
  options: {
    auth: { scope: 'patient:merge' },
    validate: { params: idParams, payload: NewMerge },
    app: {
      versioned: true,
      recent: true,
      summary: 'Merges the other record into this one: everything that refers to it moves, and can be taken back',
      patientData: true,
      audit: (_: unknown, request) => {
        const { otherId, reason } = request.payload as NewMerge;
        const id = String(request.params.id);
        return { action: 'U', object: `Patient/${id}`, patientIds: [id, otherId], detail: `merged: ${reason}` };
      },
      response: Patient,
    },
  },
  handler: async (request, h) => {
    const db = dbOf(request);
    await mergePatients(db, request.params.id, ifMatch(request), request.payload);
    return versioned(h, await getPatient(db, request.params.id));
  },
});

const unmerge = route<{ Params: { id: string }; Payload: NewUnmerge }>({
  method: 'POST',
  path: '/api/patients/{id}/unmerge',
  options: {
    auth: { scope: 'patient:merge' },
    validate: { params: idParams, payload: NewUnmerge },
    app: {
      versioned: true,
      recent: true,
      summary: 'Takes the merge of this record back: its rows return; what arose since on the other stays there',
      patientData: true,
      audit: (_: unknown, request) => {
        const id = String(request.params.id);
        const detail = `unmerged: ${(request.payload as NewUnmerge).reason}`;
        return { action: 'U', object: `Patient/${id}`, patientIds: [id], detail };
      },
      response: Unmerged,
    },
  },
  handler: (request) => unmergePatient(dbOf(request), request.params.id, ifMatch(request), request.payload),
});

const merges = route<{ Params: { id: string } }>({
  method: 'GET',
  path: '/api/patients/{id}/merges',
  options: {
    auth: { scope: 'patient:merge' },
    validate: { params: idParams },
    app: {
      summary: 'The records that were merged into this one',
      patientData: true,
      audit: ({ items }: { items: readonly Merge[] }, request) => ({
        object: `Patient/${request.params.id}`,
        patientIds: [String(request.params.id), ...items.map(({ patient }) => patient.id)],
      }),
      response: itemsOf(Merge),
    },
  },
  handler: async (request) => {
    const db = dbOf(request);
    await requirePatient(db, request.params.id);
    return { items: await listMerges(db, request.params.id) };
  },
});

export const mergeRoutes = [preview, merge, unmerge, merges];
