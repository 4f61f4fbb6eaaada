import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { databaseFor, openPool, sql } from '../../core/database.ts';
import { service } from '../../core/actor.ts';
import { readReports } from '../../plugins/reports/catalogue.ts';
import { parseReport, queryOf } from '../../plugins/reports/definition.ts';
import { runReport } from '../../plugins/reports/run.ts';
import { startHms, type Client, type TestHms } from '../hms.ts';
import { merge } from '../patients/merging.ts';

const test = suite<{ hms: TestHms; admin: Client }>('reports: as tables and files');
const now = '2026-03-02T16:00:00Z';
const period = 'from=2026-02-01&to=2026-03-02';

test.before(async (at) => {
  at.hms = await startHms(['auth', 'facility', 'patients', 'scheduling', 'ehr', 'pharmacy', 'billing', 'reports'], {
    now,
  });
  const plan = {
    patients: 200,
    visitsPerPatient: 12,
    passwordPepper: 'x'.repeat(32),
    zone: 'Europe/Berlin',
    currency: 'EUR',
    progress: () => {},
  };
  for (const plugin of at.hms.hms.plugins)
    if (plugin.name !== 'auth') await at.hms.db.transaction(async (tx) => plugin.demo?.(tx, plan));
  at.admin = await at.hms.as('admin');
});
test.after(({ hms }) => hms?.stop());

const rowsOf = async (client: Client, id: string, query = period) => {
  const { status, body } = await client.get(`/api/reports/${id}?${query}`);
  assert.is(status, 200, `${id}: ${JSON.stringify(body)}`);
  return body.rows as Record<string, unknown>[];
};
const sum = (rows: readonly Record<string, unknown>[], name: string) =>
  rows.reduce((total, row) => total + Number(row[name] ?? 0), 0);

test('of the registrations of a month, those that turned out to be duplicates are counted per thousand', async ({
  hms,
  admin,
}) => {
  const clerk = await hms.as('receptionist');
  const person = { familyName: 'Zwilling', givenName: 'Zoe', birthDate: '1971-02-03', gender: 'female', phone: '+49 30 7654321', city: 'Altmarkt' }; // prettier-ignore
  const made: { id: string; version: number }[] = [];
  for (const notSameReason of [undefined, 'Of a test'])
    made.push((await clerk.post('/api/patients', { ...person, ...(notSameReason && { notSameReason }) })).body);
  const march = async () =>
    (await rowsOf(admin, 'duplicates', 'from=2026-03-01&to=2026-03-02')).find(({ month }) => month === '2026-03-01');
  const before = await march();
  assert.is(before?.duplicates, 0);
  const merged = await merge(admin, made[0]!.id, made[1]!.id);
  assert.is(merged.status, 200, JSON.stringify(merged.body));
  const after = await march();
  assert.equal([after?.registered, after?.duplicates], [before?.registered, 1]);
  assert.is(after?.rate, Math.round(10_000 / Number(after?.registered)) / 10);
});

test('each report runs for somebody, has what its header says, and most have rows', async ({ hms }) => {
  const ran = new Map<string, number>();
  for (const role of ['admin', 'doctor', 'pharmacist', 'cashier']) {
    const client = await hms.as(role);
    for (const report of (await client.get('/api/reports')).body.items) {
      const { status, body } = await client.get(`/api/reports/${report.id}`);
      assert.is(status, 200, `${report.id}: ${JSON.stringify(body)}`);
      for (const row of body.rows)
        assert.equal(
          Object.keys(row),
          report.columns.map((column: { name: string }) => column.name),
          report.id,
        );
      ran.set(report.id, body.rows.length);
    }
  }
  assert.equal([...ran.keys()].sort(), [...readReports(hms.hms.plugins).keys()].sort());
  const empty = [...ran].filter(([, rows]) => rows === 0).map(([id]) => id);
  assert.equal(empty.sort(), ['not-dispensed', 'unsigned-notes'], 'in the demo everybody has done their work');
  assert.ok(ran.size >= 12, `${ran.size} reports`);
});

test('what was left undone is found', async ({ hms }) => {
  const [doctor, pharmacist] = [await hms.as('doctor'), await hms.as('pharmacist')];
  const { body: me } = await doctor.get('/api/me/practitioner');
  const [found] = (await doctor.post('/api/patients/search', { text: 'a' })).body.items;
  const visit = (await doctor.post('/api/encounters', { patientId: found.id, practitionerId: me.id })).body;
  const [medicine] = (await doctor.get('/api/medications?text=amox')).body.items;
  const prescribed = await doctor.post('/api/medication-requests', {
    patientId: found.id,
    encounterId: visit.id,
    medicationId: medicine.id,
    dosageText: '1-0-1',
    quantity: 20,
    overrideReason: 'No other choice',
  });
  assert.is(prescribed.status, 201, JSON.stringify(prescribed.body));
  const match = (version: number) => ({ 'if-match': `W/"${version}"` });
  const started = await doctor.post(`/api/encounters/${visit.id}/start`, {}, match(visit.version));
  await doctor.post(`/api/encounters/${visit.id}/finish`, {}, match(started.body.version));
  const unsigned = await rowsOf(doctor, 'unsigned-notes', 'days=0');
  assert.ok(unsigned.some(({ patient }) => (patient as { id: string }).id === found.id));
  const open = await rowsOf(pharmacist, 'not-dispensed', 'days=0');
  assert.ok(open.some((row) => (row.patient as { id: string }).id === found.id && row.open === 20));
});

test('they add up to what the dashboard says', async ({ admin }) => {
  const { body } = await admin.get(`/api/dashboard?${period}`);
  const { visits, noShows, revenue, stockAtRisk } = body.tiles;
  assert.ok(visits.value > 0 && revenue.minor > 0);
  assert.is(sum(await rowsOf(admin, 'visits-by-day'), 'visits'), visits.value);
  assert.is((await rowsOf(admin, 'no-shows')).length, noShows.count);
  assert.is(sum(await rowsOf(admin, 'revenue'), 'invoiced'), revenue.minor);
  assert.is(sum(await rowsOf(admin, 'invoices'), 'total'), revenue.minor);
  assert.is(sum(await rowsOf(admin, 'open-invoices', 'days=0'), 'open'), revenue.openMinor);
  assert.is((await rowsOf(admin, 'stock-at-risk', 'days=90')).length, stockAtRisk.lots);
  const [department] = (await admin.get('/api/departments')).body.items;
  const part = (await admin.get(`/api/dashboard?${period}&departmentId=${department.id}`)).body.tiles;
  assert.is(
    sum(await rowsOf(admin, 'visits-by-day', `${period}&department=${department.id}`), 'visits'),
    part.visits.value,
  );
});

test('the file has the same rows, is safe to open, and says who stands in it', async ({ hms, admin }) => {
  const clerk = await hms.as('receptionist');
  const rows = await rowsOf(admin, 'no-shows');
  const patient = (rows[0]!.patient as { id: string }).id;
  const known = await clerk.get(`/api/patients/${patient}`);
  const { version: _v, updatedAt: _u, id: _i, recordNumber: _r, ...fields } = known.body;
  const renamed = await clerk.put(
    `/api/patients/${patient}`,
    { ...fields, phone: '+49 30 1234567', familyName: 'O"Neil, jr' },
    { 'if-match': `W/"${known.body.version}"` },
  );
  assert.is(renamed.status, 200, JSON.stringify(renamed.body));
  const answer = await admin.fetch(`/api/reports/no-shows/csv?${period}`, { headers: { 'accept-language': 'es' } });
  assert.equal(
    [
      answer.headers.get('content-type'),
      answer.headers.get('content-disposition'),
      answer.headers.get('cache-control'),
    ],
    ['text/csv; charset=utf-8', 'attachment; filename="no-shows.csv"', 'no-store'],
  );
  const text = await answer.text();
  const [head, ...lines] = parse(text, { bom: true }) as string[][];
  assert.equal(head!.slice(0, 3), ['Cita', 'Paciente', 'Teléfono']);
  assert.is(lines.length, rows.length);
  const line = lines.find((cells) => cells[1]!.includes('O"NEIL, JR'))!;
  assert.is(line[2], "'+49 30 1234567", 'what would begin like a formula is text');
  const audited = await hms.db.oneFirst(sql.type(z.strictObject({ ids: z.array(z.uuid()) }))`
    select patient_ids as ids from core.audit where object = 'reports/no-shows' and route = 'get /api/reports/{id}/csv' order by id desc limit 1
  `);
  assert.ok(audited.includes(patient));

  const money = parse(await (await admin.fetch(`/api/reports/revenue/csv?${period}`)).text(), {
    bom: true,
  }) as string[][];
  assert.is(money[0]![2], 'Invoiced (EUR)');
  assert.match(money[1]![2]!, /^\d+\.\d\d$/);
});

test('who lacks a report’s permission is told which', async ({ hms, admin }) => {
  const [pharmacist, nurse] = [await hms.as('pharmacist'), await hms.as('nurse')];
  const refused = await pharmacist.get(`/api/reports/revenue?${period}`);
  assert.equal([refused.status, refused.body.permission], [403, 'invoice:read']);
  assert.is((await nurse.get('/api/reports')).status, 403);
  assert.is((await admin.get('/api/reports/nothing-such')).status, 404);
  assert.not((await pharmacist.get('/api/reports')).body.items.some((it: { group: string }) => it.group === 'money'));
});

test('bad parameters are named', async ({ admin }) => {
  const get = async (query: string) => (await admin.get(`/api/reports/revenue?${query}`)).body;
  assert.is((await get('from=2026-02-30')).status, 400);
  assert.equal((await get('days=4')).type, '/problems/report-parameter-unknown');
  assert.equal((await get('from=2026-03-02&to=2026-03-01')).type, '/problems/period-unusable');
  assert.is((await admin.get('/api/reports/open-invoices?days=1;drop')).status, 400);
});

const header = (more = '') => `-- title: report_visits
-- about: report_visits_about
-- group: operations
-- permission: dashboard:read
-- patients: no
-- order: 1
-- column: n count report_visit_count
${more}`;
const wrong = (text: string): string => {
  try {
    parseReport(text, { id: 'test', plugin: 'own' });
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

test('a report that is wrong stops the start with one sentence', async ({ hms }) => {
  const patients = header().replace('patients: no', 'patients: yes');
  assert.is(
    wrong(`${patients}select count(*) as n from ehr.encounter`),
    'The report own/reports/test.sql is over patients and has no :may_see(…).',
  );
  assert.match(wrong(`${header()}select :nobody as n`), /asks for :nobody, which nobody gives/);
  assert.match(wrong(`${header('-- chart: bar x n\n')}select 1 as n`), /draws "x", which is no column/);
  assert.match(
    wrong(`${header('-- column: p patient report_patient\n')}select 1 as n`),
    /shows patients and says it does not/,
  );
  assert.match(wrong('-- title: report_visits\nselect 1'), /does not say its patients/);
  assert.is(wrong(`${header()}select 1::bigint as n where '12:30' <> :zone`), '');

  const folder = mkdtempSync(join(tmpdir(), 'openward-report-'));
  mkdirSync(join(folder, 'reports'));
  writeFileSync(
    join(folder, 'reports', 'own.sql'),
    `${header().replace('dashboard:read', 'moon:read')}select 1::bigint as n`,
  );
  const plugin = { ...hms.hms.plugins.at(-1)!, name: 'own', folder };
  assert.throws(() => readReports([...hms.hms.plugins, plugin]), /asks for "moon:read", which nobody declares/);
  rmSync(folder, { recursive: true });
});

test('a report cannot write and ends in time', async ({ hms }) => {
  const report = (statement: string) => parseReport(`${header()}${statement}`, { id: 'test', plugin: 'own' });
  const pool = await openPool(hms.hms.urls.app, { max: 1, statementTimeout: 500 });
  const db = databaseFor(pool, { actor: service('test'), policy: 'open' });
  const run = (statement: string) => runReport(db, report(statement), {}, 10).then(() => '', String);
  assert.match(await run(`select nextval('core.outbox_id_seq') as n`), /read-only|permission denied|does not exist/i);
  assert.match(await run('select 1::bigint as n from (select pg_sleep(5)) s'), /report_takes_too_long/);
  assert.is(queryOf(report('select :today as n'), db, { today: '2026-03-02' }, 1).values.length, 2);
  await pool.end();
});

test.run();
