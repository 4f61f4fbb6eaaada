import type { Request } from '@hapi/hapi';
import Joi from 'joi';
import type { AuditNote } from '../../../core/audit/write.ts';
import { csv } from '../../../core/csv.ts';
import { localeOf, say } from '../../../core/messages.ts';
import { pageOf, pageQuery, readCursor } from '../../../core/paging.ts';
import { dbOf, headerOf, idParams, ifMatch, route, versioned } from '../../../core/routes.ts';
import { pageOfItems } from '../../../core/shapes.ts';
import * as actions from './actions.ts';
import {
  Columns,
  Decided,
  ImportHead,
  ImportLine,
  most,
  NewImport,
  outcomes,
  PatientImport,
  Take,
  type Outcome,
} from './model.ts';
import { getImport, listImports, listLines, listRefused } from './queries.ts';
import { refusedWords } from './words.ts';

type ById = { Params: { id: string } };

const itself = (it: { id: string } | null, request: Request): AuditNote => ({
  object: `PatientImport/${it?.id ?? String(request.params.id)}`,
});

const upload = route<{ Payload: NewImport }>({
  method: 'POST',
  path: '/api/patients/imports',
  options: {
    auth: { scope: 'patient:import' },
    // Base64 is a third longer than the file.
    payload: { maxBytes: Math.ceil((most.bytes * 4) / 3) + 2_000, timeout: 120_000 },
    validate: { payload: NewImport },
    app: {
      summary: 'Reads a CSV of patients; nobody is registered before somebody has seen what would come of it',
      patientData: true,
      idempotent: 'accepted',
      audit: itself,
      response: PatientImport,
    },
  },
  handler: async (request, h) => {
    const db = dbOf(request);
    const id = await actions.addImport(db, request.payload);
    return versioned(h, await actions.showImport(db, id))
      .code(201)
      .location(`/api/patients/imports/${id}`);
  },
});

const list = route<{ Query: { limit: number; cursor?: string } }>({
  method: 'GET',
  path: '/api/patients/imports',
  options: {
    auth: { scope: 'patient:import' },
    validate: { query: Joi.object(pageQuery) },
    app: {
      patientData: false,
      summary: 'Files of patients that are here, the newest first',
      response: pageOfItems(ImportHead),
    },
  },
  handler: async (request) => {
    const { limit, cursor } = request.query;
    const rows = await listImports(dbOf(request), { limit: limit + 1, after: readCursor(cursor, 2) });
    return pageOf(rows, limit, ({ createdAt, id }) => [createdAt, id]);
  },
});

const show = route<ById>({
  method: 'GET',
  path: '/api/patients/imports/{id}',
  options: {
    auth: { scope: 'patient:import' },
    validate: { params: idParams },
    app: {
      summary: 'One file: how far it is, what its columns mean, and how many lines would come to what',
      patientData: true,
      audit: itself,
      response: PatientImport,
    },
  },
  handler: async (request, h) => versioned(h, await actions.showImport(dbOf(request), request.params.id)),
});

const lines = route<ById & { Query: { outcome?: Outcome; limit: number; cursor?: string } }>({
  method: 'GET',
  path: '/api/patients/imports/{id}/lines',
  options: {
    auth: { scope: 'patient:import' },
    validate: { params: idParams, query: Joi.object({ outcome: Joi.string().valid(...outcomes), ...pageQuery }) },
    app: {
      summary: 'The lines of a file in its order, with what would come of each for who asks',
      patientData: true,
      audit: (page: { items: readonly ImportLine[] }, request) => ({
        ...itself(null, request),
        action: 'E',
        subtype: 'listed',
        patientIds: page.items.flatMap(({ candidate, patientId }) =>
          [candidate?.id, patientId].filter((id) => id !== undefined && id !== null),
        ),
      }),
      response: pageOfItems(ImportLine),
    },
  },
  handler: async (request) => {
    const db = dbOf(request);
    const { outcome, limit, cursor } = request.query;
    await getImport(db, request.params.id);
    const after = Number(readCursor(cursor, 1)?.[0] ?? 0);
    const rows = await listLines(db, request.params.id, { outcome, limit: limit + 1, after });
    return pageOf(rows, limit, ({ number }) => [number]);
  },
});

const columns = route<ById & { Payload: Columns }>({
  method: 'PUT',
  path: '/api/patients/imports/{id}/columns',
  options: {
    auth: { scope: 'patient:import' },
    validate: { params: idParams, payload: Columns },
    app: {
      versioned: true,
      summary: 'Says what the columns of a file mean; its lines are looked at anew',
      patientData: true,
      audit: itself,
      response: PatientImport,
    },
  },
  handler: async (request, h) => {
    const db = dbOf(request);
    await actions.setColumns(db, request.params.id, ifMatch(request), request.payload);
    return versioned(h, await actions.showImport(db, request.params.id));
  },
});

const decisions = route<ById & { Payload: Decided }>({
  method: 'POST',
  path: '/api/patients/imports/{id}/decisions',
  options: {
    auth: { scope: 'patient:import' },
    validate: { params: idParams, payload: Decided },
    app: {
      versioned: true,
      summary: 'Skips lines of people who seem to be here, or takes them for a reason; some lines, or all of one kind',
      patientData: true,
      audit: (it: { id: string }, request) => {
        const { decision, reason, outcome, lines: some } = request.payload as Decided;
        const which = outcome ?? `lines ${some!.join(' ')}`;
        return {
          ...itself(it, request),
          action: 'U',
          detail: `${decision} ${which}${reason === null ? '' : `: ${reason}`}`,
        };
      },
      response: PatientImport,
    },
  },
  handler: async (request, h) => {
    const db = dbOf(request);
    await actions.decide(db, request.params.id, ifMatch(request), request.payload);
    return versioned(h, await actions.showImport(db, request.params.id));
  },
});

const take = route<ById & { Payload: Take }>({
  method: 'POST',
  path: '/api/patients/imports/{id}/take',
  options: {
    auth: { scope: 'patient:import' },
    validate: { params: idParams, payload: Take },
    app: {
      versioned: true,
      summary: 'Registers the patients of a file, all of them or none; it goes on by itself',
      patientData: true,
      audit: (it: PatientImport, request) => ({
        ...itself(it, request),
        action: 'E',
        detail: `${it.counts?.toTake ?? 0} of ${it.lines} lines`,
      }),
      response: PatientImport,
    },
  },
  handler: async (request, h) => {
    const db = dbOf(request);
    await actions.takeImport(db, request.params.id, ifMatch(request), request.payload);
    return versioned(h, await actions.showImport(db, request.params.id)).code(202);
  },
});

const discard = route<ById>({
  method: 'DELETE',
  path: '/api/patients/imports/{id}',
  options: {
    auth: { scope: 'patient:import' },
    validate: { params: idParams },
    app: {
      versioned: true,
      summary: 'Throws away what was read of a file; who was registered from it stays',
      patientData: true,
      audit: itself,
      response: null,
    },
  },
  handler: async (request, h) => {
    await actions.discardImport(dbOf(request), request.params.id, ifMatch(request));
    return h.response().code(204);
  },
});

const piece = 1_000;

const refused = route<ById>({
  method: 'GET',
  path: '/api/patients/imports/{id}/refused',
  options: {
    auth: { scope: 'patient:import' },
    validate: { params: idParams },
    app: {
      summary: 'The lines that were not taken as a file, each with its reason, to be mended and sent again',
      patientData: true,
      limit: 'export',
      file: 'text/csv',
      audit: (_: never, request) => ({ ...itself(null, request), subtype: 'export' }),
    },
  },
  handler: async (request, h) => {
    const db = dbOf(request);
    const { columns: headings } = await getImport(db, request.params.id);
    const locale = localeOf(headerOf(request, 'accept-language'));
    const rows: string[][] = [[...headings, say('import_column_reason', locale)]];
    for (let after = 0; ;) {
      const some = await listRefused(db, request.params.id, { after, limit: piece });
      for (const it of some) {
        // A line that is too long or too short keeps its fields, and its reason stands after them.
        const fields = [...it.fields, ...headings.slice(it.fields.length).map(() => '')];
        rows.push([...fields, refusedWords(it, headings, locale)]);
      }
      if (some.length < piece) break;
      after = some.at(-1)!.number;
    }
    return h
      .response(csv(rows))
      .type('text/csv; charset=utf-8')
      .header('content-disposition', 'attachment; filename="refused.csv"');
  },
});

export const importRoutes = [upload, list, show, lines, columns, decisions, take, discard, refused];
