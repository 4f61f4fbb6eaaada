import fc from 'fast-check';
import pg from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { etag } from '../ehr/ward.ts';
import { potassium } from '../laboratory/bench.ts';
import { startDesk, type Desk, type Portal } from './desk.ts';

interface At {
  desk: Desk;
  /** Two patients with everything in their records. */
  one: Portal;
  other: Portal;
  /** Ids of what is the other's, by the route that shows one of them. */
  foreign: Record<string, string>;
}
const test = suite<At>('portal: record');

/** A visit to come, a finished one on a bill, an allergy, a prescription, a released result; gives their ids. */
const filled = async (desk: Desk): Promise<{ person: Portal; ids: Record<string, string> }> => {
  const person = await desk.enrolled();
  const { patientId } = person;
  const [slot] = (await person.get(`/api/portal/slots?serviceId=${desk.service}&limit=1&from=2026-03-05T08:00:00Z`))
    .body.items;
  const visit = await person.post('/api/portal/visits', {
    serviceId: desk.service,
    practitionerId: slot.practitionerId,
    startsAt: slot.start,
    endsAt: slot.end,
  });
  assert.is(visit.status, 201, JSON.stringify(visit.body));
  const bill = await desk.billed(patientId);
  const allergy = await desk.doctor.post('/api/allergies', { patientId, display: 'Penicillin', criticality: 'high' });
  assert.is(allergy.status, 201, JSON.stringify(allergy.body));
  const result = await desk.measured({ patientId }, 'K', { [potassium]: '5.6' });
  const payment = await person.post(`/api/portal/bills/${bill.id}/payments`);
  assert.is(payment.status, 201, JSON.stringify(payment.body));
  return { person, ids: { visits: visit.body.id, bills: bill.id, results: result.id, payments: payment.body.id } };
};

test.before(async (at) => {
  at.desk = await startDesk();
  const [one, other] = [await filled(at.desk), await filled(at.desk)];
  Object.assign(at, { one: one.person, other: other.person, foreign: other.ids });
});
test.after((at) => at.desk?.stop());

const parts = ['visits', 'past-visits', 'results', 'medicines', 'bills', 'messages', 'looks'];

test('home and every list show what is there', async ({ one }) => {
  const home = (await one.get('/api/portal/home')).body;
  assert.is(home.visits.length, 1);
  assert.is(home.results[0].flag, 'H');
  assert.is(home.bills[0].openMinor, 4550);
  for (const part of parts) assert.is((await one.get(`/api/portal/${part}`)).status, 200, part);
  assert.equal((await one.get('/api/portal/allergies')).body.state, 'recorded');
});

test('nothing of another patient is ever shown, whatever is asked', async ({ one, other, foreign, desk }) => {
  for (const part of parts) {
    const theirs = (await other.get(`/api/portal/${part}`)).body.items
      .map(({ id }: { id?: string }) => id)
      .filter(Boolean);
    const mine = JSON.stringify((await one.get(`/api/portal/${part}`)).body);
    for (const id of theirs) assert.not.ok(mine.includes(id), `${part} ${id}`);
  }
  const ids = fc.oneof(fc.constantFrom(...Object.values(foreign), other.patientId), fc.uuid());
  const paths = fc.constantFrom('visits', 'bills', 'results');
  const verbs = fc.constantFrom(
    ['visits', 'cancel', { reason: 'None of my business' }],
    [
      'visits',
      'move',
      { practitionerId: desk.practitioner, startsAt: '2026-03-09T10:00:00Z', endsAt: '2026-03-09T10:30:00Z' },
    ],
    ['bills', 'payments', {}],
    ['payments', 'check', {}],
  ) as fc.Arbitrary<[string, string, object]>;
  await fc.assert(
    fc.asyncProperty(ids, paths, verbs, async (id, path, [noun, verb, body]) => {
      const read = await one.get(`/api/portal/${path}/${id}`);
      assert.is(read.status, 404, `${path} ${id}`);
      const done = await one.post(`/api/portal/${noun}/${id}/${verb}`, body, etag(1));
      assert.is(done.status, 404, `${noun} ${verb} ${id}`);
    }),
    { numRuns: 25 },
  );
  const still = await other.get(`/api/portal/visits/${foreign.visits}`);
  assert.is(still.body.status, 'booked');
});

test('a patient in body, query or header changes nothing', async ({ one, other }) => {
  assert.is((await one.get(`/api/portal/bills?patientId=${other.patientId}`)).status, 200);
  const asked = await one.get('/api/portal/me', { 'x-patient-id': other.patientId });
  assert.is(asked.body.patientId, one.patientId);
  assert.is((await one.post('/api/portal/visits', { patientId: other.patientId })).status, 400);
});

test("every route but the portal's own is closed to a patient, and the portal's to everybody else", async ({
  desk,
  one,
}) => {
  const table = desk.hms.server.table();
  const filledIn = (path: string) =>
    path.replaceAll(/\{(\w+)[*?]?\}/g, (_, name: string) => (name === 'type' ? 'Patient' : one.patientId));
  const isPublic = (it: (typeof table)[number]) => it.settings.app?.access === 'public';
  const open: string[] = [];
  for (const it of table) {
    // Their own sign-in is theirs to see and to change.
    const isOwn = it.path === '/api/platform' || it.path.startsWith('/api/auth/');
    if (isPublic(it) || it.path.startsWith('/api/portal/') || isOwn) continue;
    if (['*', 'options', 'auth'].includes(it.method)) continue;
    const type = it.path.endsWith('/_search') ? 'application/x-www-form-urlencoded' : 'application/json';
    const { status } = await one.fetch(filledIn(it.path), {
      method: it.method.toUpperCase(),
      ...(it.method === 'get' ? {} : { body: '{}', headers: { 'content-type': type } }),
    });
    if (![401, 403, 404].includes(status)) open.push(`${it.method} ${it.path}: ${status}`);
  }
  assert.equal(open, []);
  const staff = await desk.as('admin');
  for (const it of table.filter(({ path }) => path.startsWith('/api/portal/')).filter((each) => !isPublic(each))) {
    const { status } = await staff.fetch(filledIn(it.path), { method: it.method.toUpperCase() });
    assert.is(status, 403, it.path);
  }
  // Neither does the role alone make a patient of somebody.
  assert.is((await (await desk.as('patient')).get('/api/portal/me')).status, 403);
});

test('the database role sees nothing without the session, and nothing but its patient with it', async ({
  desk,
  one,
}) => {
  const Names = z.object({ name: z.string() });
  const tables = await desk.db.anyFirst(sql.type(Names)`
    select n.nspname || '.' || c.relname as name
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'patient_id' and not a.attisdropped
    where c.relkind in ('r', 'p') and n.nspname not like 'pg\\_%' and has_table_privilege('patient', c.oid, 'select')
    order by 1
  `);
  assert.ok(tables.includes('billing.invoice') && tables.includes('portal.access'));
  const client = new pg.Client({ connectionString: desk.hms.urls.patient });
  await client.connect();
  try {
    for (const name of tables) {
      assert.is((await client.query(`select from ${name}`)).rowCount, 0, `${name} without a session`);
      await client.query('begin');
      await client.query(`select set_config('openward.patient_id', $1, true)`, [one.patientId]);
      const { rows } = await client.query<{ patient_id: string }>(`select distinct patient_id from ${name}`);
      await client.query('commit');
      assert.ok(
        rows.every(({ patient_id: id }) => id === one.patientId),
        name,
      );
    }
    assert.is((await client.query('select from portal.who_looked(100, null, null)')).rowCount, 0);
    assert.is((await client.query('select from portal.own_patients()')).rowCount, 0);
    for (const statement of [
      'select from auth."user"',
      'select from core.audit',
      'select from core.idempotency',
      'update portal.access set until = null',
      'delete from portal.booking',
      'select from portal.payment for update',
    ])
      await client.query(statement).then(
        () => assert.unreachable(statement),
        (error: { code: string }) => assert.is(error.code, '42501', statement),
      );
  } finally {
    await client.end();
  }
});

test('a result appears when it is released, and what is withheld leaves no trace', async ({ desk, one }) => {
  const own = async () => (await one.get('/api/portal/results')).body.items;
  const before = (await own()).length;
  await desk.db.query(sql.unsafe`update laboratory.test set release = 'manual' where loinc = ${potassium}`);
  const result = await desk.measured({ patientId: one.patientId }, 'K', { [potassium]: '4.1' });
  assert.is((await own()).length, before);
  assert.is((await one.get(`/api/portal/results/${result.id}`)).status, 404);
  assert.not.ok(JSON.stringify((await one.get('/api/portal/record')).body).includes(result.id));
  const act = (verb: string, version: number, body = {}) =>
    desk.doctor.post(`/api/laboratory/results/${result.id}/${verb}`, body, etag(version));
  const released = await act('release', result.version);
  assert.is(released.status, 200, JSON.stringify(released.body));
  const shown = (await one.get(`/api/portal/results/${result.id}`)).body;
  assert.equal([shown.value, shown.flag, shown.earlier.length], ['4.1', 'N', 2]);
  const withheld = await act('withhold', released.body.version, { reason: 'To be explained in person' });
  assert.is(withheld.status, 200);
  assert.is((await one.get(`/api/portal/results/${result.id}`)).status, 404);
  assert.is((await own()).length, before);
  await desk.db.query(sql.unsafe`update laboratory.test set release = 'verified' where loinc = ${potassium}`);
});

test('whoever looked is named, by role and kind of access, never by route', async ({ desk, one }) => {
  await desk.nurse.get(`/api/patients/${one.patientId}/record`);
  await desk.nurse.get(`/api/patients/${one.patientId}/record`);
  const carer = await desk.enrolled({ patientId: one.patientId, role: 'carer' });
  await carer.get('/api/portal/bills');
  await one.get('/api/portal/me');
  const { body } = await one.get('/api/portal/looks');
  const nurse = body.items.find(
    ({ name, area }: { name: string; area: string }) => name === 'Nurse' && area === 'record',
  );
  assert.ok(nurse.times >= 2);
  assert.equal([nurse.act, nurse.roles, nurse.emergency], ['opened', ['Nurse'], false]);
  const proxy = body.items.find(({ relation }: { relation: string }) => relation === 'carer');
  assert.equal([proxy.area, proxy.act], ['portal', 'opened']);
  assert.not.match(JSON.stringify(body), /\/api\/|\{id\}/);
  // Oneself is not listed, nor is anybody who looked at somebody else.
  assert.not.ok(body.items.some(({ relation }: { relation: string }) => relation === 'self'));
});

test('who breaks the glass is said so', async ({ desk, one }) => {
  await desk.db.query(sql.unsafe`
    insert into core.audit (actor_id, actor_kind, action, route, patient_ids, outcome, request_id, purpose)
    select id, 'user', 'R', 'get /api/patients/{id}/record', array[${one.patientId}::uuid], 0, 'x', 'BTG' from auth."user" where username = 'doctor'
  `);
  const { items } = (await one.get('/api/portal/looks')).body;
  assert.ok(items.some(({ name, emergency }: { name: string; emergency: boolean }) => name === 'Doctor' && emergency));
});

interface LookBody {
  by: string;
  name: string | null;
  area: string;
  act: string;
  at: string;
}
/** Every page of the list, one after the other. */
const allLooks = async (person: Portal, limit: number): Promise<LookBody[]> => {
  const seen: LookBody[] = [];
  let cursor = '';
  do {
    const { status, body } = await person.get(`/api/portal/looks?limit=${limit}${cursor && `&cursor=${cursor}`}`);
    assert.is(status, 200, JSON.stringify(body));
    assert.ok(body.items.length <= limit);
    seen.push(...body.items);
    cursor = body.next ?? '';
  } while (cursor);
  return seen;
};

test('the list goes on to its end page by page, with nothing twice, and the file has all of it', async ({ desk }) => {
  const person = await desk.enrolled();
  // An entry each hour for more than a year of days: more than one page, and more than any list was ever cut at.
  await desk.db.query(sql.unsafe`
    insert into core.audit (at, actor_id, actor_kind, action, route, patient_ids, outcome, request_id)
    select clock_timestamp() - make_interval(hours => n), u.id, 'user', 'R', 'get /api/patients/{id}', array[${person.patientId}::uuid], 0, 'x'
    from auth."user" u, generate_series(1, 450) n where u.username = 'doctor'
  `);
  const seen = (await allLooks(person, 100)).filter(({ name }) => name === 'Doctor');
  assert.is(seen.length, 450);
  assert.is(new Set(seen.map(({ at }) => at)).size, 450);
  assert.equal(seen.map(({ at }) => Date.parse(at)), seen.map(({ at }) => Date.parse(at)).sort((a, b) => b - a)); // prettier-ignore
  // Several of one moment are told apart as well.
  await desk.db.query(sql.unsafe`
    insert into core.audit (at, actor_id, actor_kind, action, route, patient_ids, outcome, request_id)
    select now() - interval '500 hours', u.id, 'user', 'R', r.route, array[${person.patientId}::uuid], 0, 'x'
    from auth."user" u, (values ('get /api/invoices/{id}'), ('get /api/appointments/{id}'), ('get /api/notes/{id}'), ('get /api/messages/{id}')) r (route)
    where u.username = 'doctor'
  `);
  assert.is((await allLooks(person, 1)).filter(({ name }) => name === 'Doctor').length, 454);
  const { whoLooked } = (await person.get('/api/portal/record')).body;
  assert.is(whoLooked.filter(({ name }: LookBody) => name === 'Doctor').length, 454);
  assert.is((await person.get('/api/portal/looks?limit=101')).status, 400);
});

test('what was printed or saved says so, and who has no name is there as well', async ({ desk }) => {
  const person = await desk.enrolled();
  const { patientId } = person;
  await desk.nurse.post('/api/prints', { what: 'patients', patientIds: [patientId] });
  const proxy = await desk.enrolled({ patientId, role: 'carer' });
  assert.is((await proxy.post('/api/portal/prints', { what: 'portal-bills' })).status, 204);
  await desk.db.query(sql.unsafe`
    insert into core.audit (actor_id, actor_kind, action, subtype, route, patient_ids, outcome, request_id)
    values (null, 'service', 'E', 'opened', 'lab-adapter', array[${patientId}::uuid], 0, 'x'),
      (null, 'anonymous', 'R', 'opened', 'get /api/calendar-feeds/{token}', array[${patientId}::uuid], 0, 'x'),
      (gen_random_uuid(), 'user', 'R', 'export', 'get /fhir/R4/{type}', array[${patientId}::uuid], 0, 'x')
  `);
  const looks = (await allLooks(person, 100)).map(({ by, name, area, act }) => [by, name, area, act].join(' '));
  for (const look of [
    'person Nurse other printed',
    'hospital  other opened',
    'nobody  other opened',
    'client  other-system exported',
  ])
    assert.ok(looks.includes(look), `${look} in ${looks.join('; ')}`);
  assert.ok(looks.some((look) => /^person .* portal printed$/.test(look)));
});

test('a print from the portal is written down with the own record, and is no print when it cannot be', async ({
  desk,
  one,
  other,
}) => {
  const newest = () =>
    desk.db.one(
      sql.type(
        z.object({ subtype: z.string().nullable(), object: z.string().nullable(), patientIds: z.array(z.string()) }),
      )`select subtype, object, patient_ids from core.audit where actor_kind = 'patient' order by id desc limit 1`,
    );
  assert.is((await one.post('/api/portal/prints', { what: 'portal-bills' })).status, 204);
  assert.equal(await newest(), { subtype: 'print', object: 'portal-bills', patientIds: [one.patientId] });
  // Of whom is said by the sign-in alone, and the hospital's own door stays shut.
  const named = await one.post('/api/portal/prints', { what: 'portal-bills', patientIds: [other.patientId] });
  assert.is(named.status, 400);
  assert.is((await one.post('/api/prints', { what: 'bills', patientIds: [other.patientId] })).status, 403);
  assert.is((await desk.nurse.post('/api/portal/prints', { what: 'portal-bills' })).status, 403);
  await desk.db.query(sql.unsafe`revoke insert on core.audit from patient`);
  try {
    assert.is((await one.post('/api/portal/prints', { what: 'portal-bills' })).status, 503);
  } finally {
    await desk.db.query(sql.unsafe`grant insert on core.audit to patient`);
  }
});

test('the whole of it is a file to keep', async ({ one, other }) => {
  const response = await one.fetch('/api/portal/record');
  assert.match(response.headers.get('content-disposition') ?? '', /attachment/);
  const text = await response.text();
  const whole = JSON.parse(text);
  for (const part of ['patient', 'visits', 'pastVisits', 'results', 'medicines', 'allergies', 'bills', 'whoLooked'])
    assert.ok(whole[part], part);
  assert.not.ok(text.includes(other.patientId));
});

test('notes are not shown: nothing says that they were written for the patient', async ({ desk, one }) => {
  const { body: visit } = await desk.walkIn(one.patientId);
  const started = await desk.doctor.post(`/api/encounters/${visit.id}/start`, {}, etag(visit.version));
  await desk.doctor.put(
    `/api/encounters/${visit.id}/note`,
    { reason: '', findings: 'Between colleagues', plan: '' },
    { 'if-none-match': '*' },
  );
  await desk.doctor.post(`/api/encounters/${visit.id}/finish`, {}, etag(started.body.version));
  assert.not.match(JSON.stringify((await one.get('/api/portal/record')).body), /Between colleagues/);
});
test.run();
