import type { Request } from '@hapi/hapi';
import Joi from 'joi';
import type { AuditNote } from '../../../core/audit/write.ts';
import { csv } from '../../../core/csv.ts';
import { localeOf, say } from '../../../core/messages.ts';
import { pageOf, pageQuery, readCursor } from '../../../core/paging.ts';
import { offered } from '../../../core/plugin.ts';
import { refuse } from '../../../core/refuse.ts';
import { dbOf, headerOf, route } from '../../../core/routes.ts';
import { pageOfItems } from '../../../core/shapes.ts';
import {
  AuditEntry,
  auditQuestion,
  patientNames,
  printedPage,
  type AuditQuestion,
  type PatientNames,
} from './model.ts';
import { findEntries, type AuditRow } from './queries.ts';

const mostNamed = 10;
const mostInFile = 100_000;

/** Looking through the audit is an entry itself; of whom is said where one patient was asked for. */
const looked = (request: Request, subtype: AuditNote['subtype']): AuditNote => {
  const { patientId } = request.query as AuditQuestion;
  return {
    subtype,
    object: 'AuditEvent',
    purpose: 'HOPERAT',
    patientIds: patientId ? [patientId] : [],
  };
};

/** Of these those that are there and that the person who asks may see. */
const knownOf = async (request: Request, ids: readonly string[]) => {
  const db = dbOf(request);
  const offers = offered<PatientNames>(request.server.app.hms.plugins, patientNames);
  const people = ids.length === 0 ? [] : (await Promise.all(offers.map((offer) => offer(db, ids)))).flat();
  return new Map(people.map((person) => [person.id, person]));
};

const withNames = async (request: Request, rows: readonly AuditRow[]): Promise<AuditEntry[]> => {
  const known = await knownOf(request, [...new Set(rows.flatMap(({ patientIds }) => patientIds))]);
  return rows.map(({ patientIds, ...row }) => ({
    ...row,
    patients: patientIds.map((id) => known.get(id)).filter((person) => person !== undefined),
  }));
};

const search = route<{ Query: AuditQuestion & { limit: number; cursor?: string } }>({
  method: 'GET',
  path: '/api/audit',
  options: {
    auth: { scope: 'audit:read' },
    validate: { query: Joi.object({ ...pageQuery, ...auditQuestion }) },
    app: {
      summary: 'Who did what, with which patient, when and from where: newest first',
      patientData: true,
      response: pageOfItems(AuditEntry),
      audit: (_result, request) => looked(request, 'listed'),
    },
  },
  handler: async (request) => {
    const { limit, cursor, ...by } = request.query;
    const after = readCursor(cursor, 2);
    const rows = await findEntries(dbOf(request), by, { limit: limit + 1, after, mostPatients: mostNamed });
    const page = pageOf(rows, limit, (last) => [last.at, last.id]);
    return { ...page, items: await withNames(request as unknown as Request, page.items) };
  },
});

const columns = [
  'at',
  'user',
  'action',
  'subtype',
  'patients',
  'object',
  'outcome',
  'detail',
  'source',
  'purpose',
  'route',
  'request',
] as const;

const file = route<{ Query: AuditQuestion }>({
  method: 'GET',
  path: '/api/audit/csv',
  options: {
    auth: { scope: 'audit:export' },
    validate: { query: Joi.object(auditQuestion) },
    app: {
      summary: 'The same as a file, with up to 100,000 entries',
      patientData: true,
      recent: true,
      file: 'text/csv',
      audit: (_result, request) => looked(request, 'export'),
    },
  },
  handler: async (request, h) => {
    const room = { limit: mostInFile + 1, after: null, mostPatients: 1000 };
    const rows = await findEntries(dbOf(request), request.query, room);
    if (rows.length > mostInFile) throw refuse('audit_too_long', { count: mostInFile });
    const locale = localeOf(headerOf(request, 'accept-language'));
    const head = columns.map((column) => say(`audit_column_${column}`, locale));
    const lines = rows.map((it) => [
      it.at, it.actorName ?? it.actorKind, it.action, it.subtype, it.patientIds.join(' '), it.object, it.outcome, it.detail, it.source, it.purpose,
      it.route, it.requestId,
    ]); // prettier-ignore
    return h
      .response(csv([head, ...lines]))
      .type('text/csv; charset=utf-8')
      .header('content-disposition', 'attachment; filename="audit.csv"');
  },
});

const printed = route<{ Payload: { what: string; patientIds: string[] } }>({
  method: 'POST',
  path: '/api/prints',
  options: {
    validate: {
      payload: Joi.object({
        what: printedPage,
        patientIds: Joi.array().items(Joi.string().guid()).max(500).unique().default([]),
      }),
    },
    app: {
      patientData: false,
      summary: 'Writes down that something was sent to a printer',
      access: 'signed-in',
      response: null,
      audit: (_result, request) => {
        const { what, patientIds } = request.payload as { what: string; patientIds: string[] };
        return { action: 'R', subtype: 'print', object: what, patientIds };
      },
    },
  },
  handler: async (request, h) => {
    const { patientIds } = request.payload;
    // Nobody writes into the audit of a record that they do not see, nor of one that is not there.
    const known = await knownOf(request as unknown as Request, patientIds);
    if (patientIds.some((id) => !known.has(id))) throw refuse('not_found');
    return h.response().code(204);
  },
});

export const auditRoutes = [search, file, printed];
