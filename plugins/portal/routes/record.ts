import Joi from 'joi';
import { pageOf, pageQuery, readCursor } from '../../../core/paging.ts';
import { idParams, headerOf, route } from '../../../core/routes.ts';
import { itemsOf } from '../../../core/shapes.ts';
import { printedPage } from '../../auth/api.ts';
import { Looks, Medicine, OwnAllergies, Result, ResultWithTrend } from '../model.ts';
import { download, home } from '../actions/overview.ts';
import { Home } from '../model.ts';
import { isOn } from '../on.ts';
import * as q from '../queries/own.ts';
import { own, reading } from '../self.ts';

const language = (request: { headers: Record<string, unknown> }) => headerOf(request, 'accept-language');

const homePage = route({
  method: 'GET',
  path: '/api/portal/home',
  options: { auth: own.auth, app: { ...own.app, response: Home, summary: 'What is next, new and open' } },
  handler: (request) => reading(request, (db, self) => home(db, request.server.app.hms, self, language(request))),
});

const results = route({
  method: 'GET',
  path: '/api/portal/results',
  options: {
    auth: own.auth,
    app: { ...own.app, needs: 'laboratory', response: itemsOf(Result), summary: 'What is released, newest first' },
  },
  handler: (request) => reading(request, async (db) => ({ items: await q.listResults(db, 200) })),
});

const result = route<{ Params: { id: string } }>({
  method: 'GET',
  path: '/api/portal/results/{id}',
  options: {
    auth: own.auth,
    validate: { params: idParams },
    app: {
      summary: 'One own result, and the earlier ones of the same test',
      ...own.app,
      needs: 'laboratory',
      response: ResultWithTrend,
    },
  },
  handler: (request) =>
    reading(request, async (db) => {
      const it = await q.getResult(db, request.params.id);
      return { ...it, earlier: await q.listSameTest(db, it) };
    }),
});

const medicines = route({
  method: 'GET',
  path: '/api/portal/medicines',
  options: {
    auth: own.auth,
    app: {
      summary: 'The medicines of the patient who is signed in',
      ...own.app,
      needs: 'ehr',
      response: itemsOf(Medicine),
    },
  },
  handler: (request) =>
    reading(request, async (db) => ({ items: await q.listMedicines(db, isOn(request.server.app.hms, 'pharmacy')) })),
});

const allergies = route({
  method: 'GET',
  path: '/api/portal/allergies',
  options: {
    auth: own.auth,
    app: { summary: 'The allergies of the patient who is signed in', ...own.app, needs: 'ehr', response: OwnAllergies },
  },
  handler: (request) => reading(request, q.listAllergies),
});

const looks = route<{ Query: { limit: number; cursor?: string } }>({
  method: 'GET',
  path: '/api/portal/looks',
  options: {
    auth: own.auth,
    validate: { query: Joi.object(pageQuery) },
    app: {
      ...own.app,
      response: Looks,
      summary: 'Who has looked at this record: an entry an hour, person and kind of access',
    },
  },
  handler: (request) =>
    reading(request, async (db) => {
      const { limit, cursor } = request.query;
      const rows = await q.listLooks(db, { limit: limit + 1, after: readCursor(cursor, 2) }, language(request));
      const page = pageOf(rows, limit, ({ at, key }) => [at, key]);
      return { ...page, items: page.items.map(q.lookOf) };
    }),
});

const file = route({
  method: 'GET',
  path: '/api/portal/record',
  options: { auth: own.auth, app: { ...own.app, file: 'application/json', summary: 'All of it, to keep' } },
  handler: (request, h) =>
    reading(request, async (db, self) =>
      h
        .response(JSON.stringify(await download(db, request.server.app.hms, self, language(request)), null, 2))
        .type('application/json; charset=utf-8')
        .header('content-disposition', 'attachment; filename="record.json"'),
    ),
});

const print = route<{ Payload: { what: string } }>({
  method: 'POST',
  path: '/api/portal/prints',
  options: {
    auth: own.auth,
    validate: { payload: Joi.object({ what: printedPage }) },
    app: {
      ...own.app,
      response: null,
      summary: 'Writes down that something of the own record is sent to a printer',
      audit: (result, request) => ({
        ...own.app.audit(result, request),
        action: 'R',
        subtype: 'print',
        object: (request.payload as { what: string }).what,
      }),
    },
  },
  handler: (_request, h) => h.response().code(204),
});

export const record = [homePage, results, result, medicines, allergies, looks, file, print];
