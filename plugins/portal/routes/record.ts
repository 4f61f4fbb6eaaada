import { idParams, headerOf, route } from '../../../core/routes.ts';
import { itemsOf } from '../../../core/shapes.ts';
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

const looks = route({
  method: 'GET',
  path: '/api/portal/looks',
  options: {
    auth: own.auth,
    app: {
      ...own.app,
      response: Looks,
      summary: 'Who has looked at this record: an entry an hour, person and kind of access',
    },
  },
  handler: (request) => reading(request, async (db) => ({ items: await q.listLooks(db, 100, language(request)) })),
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

export const record = [homePage, results, result, medicines, allergies, looks, file];
