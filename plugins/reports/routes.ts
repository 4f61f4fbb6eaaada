import type { Request } from '@hapi/hapi';
import Joi from 'joi';
import { may } from '../../core/access.ts';
import type { AuditNote } from '../../core/audit/write.ts';
import { databaseFor, type Db } from '../../core/database.ts';
import { localeOf, say } from '../../core/messages.ts';
import { refuse } from '../../core/refuse.ts';
import { day, dbOf, headerOf, route, uuid } from '../../core/routes.ts';
import { reportsOf } from './catalogue.ts';
import { itemsOf } from '../../core/shapes.ts';
import { csvOf } from './csv.ts';
import { dashboard, houseOf } from './dashboard.ts';
import type { Report, Values } from './definition.ts';
import { Dashboard, DashboardQuery, ReportHead, ReportResult } from './model.ts';
import { runReport, valuesOf, type Row } from './run.ts';

/** On the connections for reports, so that a long question keeps nobody at a counter waiting. */
const reading = (request: object): Db => {
  const { actor, policy } = dbOf(request as Request);
  return databaseFor((request as Request).server.app.hms.pools.reports, { actor, policy });
};

const overview = route<{ Query: DashboardQuery }>({
  method: 'GET',
  path: '/api/dashboard',
  options: {
    auth: { scope: 'dashboard:read' },
    validate: { query: DashboardQuery },
    app: { patientData: false, response: Dashboard, summary: 'The hospital at a glance, beside the period before' },
  },
  handler: (request) => dashboard(reading(request), request.query, houseOf(request.server.app.hms)),
});

/** What the screen shows; whoever needs more takes the file. */
const mostRows = 1_000;
const mostInFile = 100_000;

/** A report that this person may run. One that needs a plugin which is off, or another permission, is not there for them. */
const mine = (report: Report, db: Db): boolean => may(db.actor, report.permission);

const find = (request: object, id: string): Report => {
  const report = reportsOf((request as Request).server.app.hms).get(id);
  if (!report) throw refuse('not_found');
  if (!mine(report, dbOf(request as Request))) throw refuse('permission_missing', { permission: report.permission });
  return report;
};

const headOf = ({ id, plugin, title, about, group, ofPatients, parameters, columns, chart }: Report) => {
  return { id, plugin, title, about, group, ofPatients, parameters, columns, chart };
};

const list = route({
  method: 'GET',
  path: '/api/reports',
  options: {
    auth: { scope: 'report:read' },
    app: { patientData: false, response: itemsOf(ReportHead), summary: 'The reports that this person may run' },
  },
  handler: (request) => {
    const db = dbOf(request);
    const reports = [...reportsOf(request.server.app.hms).values()];
    return { items: reports.filter((report) => mine(report, db)).map(headOf) };
  },
});

interface Run {
  Params: { id: string };
  Query: Values;
}
const idOfReport = Joi.object({
  id: Joi.string()
    .pattern(/^[a-z][a-z0-9-]*$/)
    .required(),
});
/** Any report's parameters; which of them it has is looked at when it is known which one it is. */
const given = Joi.object<Values>({ from: day(), to: day(), department: uuid() }).pattern(
  /^[a-z]+$/,
  Joi.number().integer().min(0).max(100_000),
);

const prepare = async (request: { params: { id: string }; query: Values }, limit: number) => {
  const report = find(request, request.params.id);
  const unknown = Object.keys(request.query).find((name) => !report.parameters.some((one) => one.name === name));
  if (unknown) throw refuse('report_parameter_unknown', { parameter: unknown });
  const { config } = (request as unknown as Request).server.app.hms;
  const db = reading(request);
  const values = await valuesOf(db, report, request.query, config);
  return { report, values, config, rows: await runReport(db, report, values, limit + 1) };
};

/** Who stands in the rows. */
const patientsIn = ({ columns }: Pick<Report, 'columns'>, rows: readonly Row[]): string[] =>
  columns
    .filter(({ type }) => type === 'patient')
    .flatMap(({ name }) => rows.map((row) => (row[name] as { id: string } | null)?.id))
    .filter((id) => id !== undefined);

const run = route<Run>({
  method: 'GET',
  path: '/api/reports/{id}',
  options: {
    auth: { scope: 'report:read' },
    validate: { params: idOfReport, query: given },
    app: {
      patientData: true,
      response: ReportResult,
      summary: 'A report as a table; `more` when there are rows beyond the first thousand',
      audit: ({ report, rows }: ReportResult): AuditNote => ({
        subtype: 'listed',
        object: `reports/${report.id}`,
        patientIds: patientsIn(report, rows),
      }),
    },
  },
  handler: async (request) => {
    const { report, values, rows } = await prepare(request, mostRows);
    const asked = Object.fromEntries(report.parameters.map(({ name }) => [name, values[name] ?? null]));
    return { report: headOf(report), values: asked, rows: rows.slice(0, mostRows), more: rows.length > mostRows };
  },
});

const file = route<Run>({
  method: 'GET',
  path: '/api/reports/{id}/csv',
  options: {
    auth: { scope: 'report:read' },
    validate: { params: idOfReport, query: given },
    app: {
      patientData: true,
      recent: true,
      file: 'text/csv',
      summary: 'The same as a file, with up to 100,000 rows',
      audit: (_: never, request: Request): AuditNote => ({
        subtype: 'export',
        object: `reports/${request.params.id}`,
        patientIds: request.app.patientIds ?? [],
        purpose: 'HOPERAT',
      }),
    },
  },
  handler: async (request, h) => {
    const { report, rows, config } = await prepare(request, mostInFile);
    if (rows.length > mostInFile) throw refuse('report_too_long', { count: mostInFile });
    const locale = localeOf(headerOf(request, 'accept-language'));
    request.app.patientIds = patientsIn(report, rows);
    return h
      .response(csvOf(report, rows, (key) => say(key, locale), config.currency))
      .type('text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="${report.id}.csv"`);
  },
});

declare module '@hapi/hapi' {
  interface RequestApplicationState {
    /** Of a file: its text no longer says whose rows it holds. */
    patientIds?: readonly string[];
  }
}

export const routes = [overview, list, run, file];
