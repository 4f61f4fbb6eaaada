import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { startHms, type Client, type TestHms } from '../hms.ts';

const test = suite<{ hms: TestHms; patient: { id: string; recordNumber: string } }>('access: records under protection');
const eva = {
  familyName: 'Protegida', givenName: 'Eva', birthDate: '1980-01-01', gender: 'female', phone: '+49 30 1', city: 'Berlin',
}; // prettier-ignore
const reason = 'unconscious, brought in by ambulance';

test.before(async (at) => {
  at.hms = await startHms(['auth', 'facility', 'patients', 'messaging']);
});
test.before.each(async (at) => {
  const { body } = await (await at.hms.as('receptionist')).post('/api/patients', eva);
  at.patient = body;
  const doctor = await at.hms.as('doctor');
  assert.is((await doctor.post(`/api/patients/${body.id}/labels/psychiatric`, { reason: 'on the ward' })).status, 204);
});
test.after.each(async ({ hms, patient }) => {
  await hms.db.query(sql.unsafe`delete from core.subject_label`);
  await hms.db.query(sql.unsafe`update patients.patient set family_name = 'Anders' where id = ${patient.id}`);
});
test.after((at) => at.hms?.stop());

const found = async (who: Client) => (await who.post('/api/patients/search', { text: 'Protegida' })).body.items.length;
const idOf = async (hms: TestHms, username: string) =>
  (await (await hms.as('admin')).get('/api/users')).body.items.find(
    (it: { username: string }) => it.username === username,
  ).id;

test('a label hides the record, also from who put it on; the answer is that of an id nobody has', async ({
  hms,
  patient,
}) => {
  const nobody = '00000000-0000-7000-8000-000000000000';
  for (const role of ['doctor', 'nurse', 'receptionist', 'admin']) {
    const who = await hms.as(role);
    const [hidden, missing] = [await who.get(`/api/patients/${patient.id}`), await who.get(`/api/patients/${nobody}`)];
    assert.is(hidden.status, 404, role);
    assert.equal({ ...hidden.body, requestId: '' }, { ...missing.body, requestId: '' });
    assert.is(await found(who), 0, role);
  }
  const doctor = await hms.as('doctor');
  assert.is(
    (await doctor.post(`/api/patients/${patient.id}/labels/psychiatric/end`, { reason: 'left us' })).status,
    404,
  );
  assert.is(
    (await (await hms.as('nurse')).post(`/api/patients/${patient.id}/labels/hiv`, { reason: 'no right' })).status,
    403,
  );
});

test('clearance shows it until its end, is for one label, and is never one’s own to give', async ({ hms, patient }) => {
  const [admin, nurse] = await Promise.all([hms.as('admin'), hms.as('nurse')]);
  const [adminId, nurseId] = [await idOf(hms, 'admin'), await idOf(hms, 'nurse')];
  const give = (id: string, label: string, until?: string) =>
    admin.post(`/api/users/${id}/clearances`, { label, reason: 'works there', ...(until ? { until } : {}) });
  const own = await give(adminId, 'psychiatric');
  assert.equal([own.status, own.body.type], [422, '/problems/access-own']);
  await give(nurseId, 'hiv');
  assert.is((await nurse.get(`/api/patients/${patient.id}`)).status, 404);
  const until = new Date(Date.now() + 1500).toISOString();
  assert.is((await give(nurseId, 'psychiatric', until)).status, 201);
  assert.is((await nurse.get(`/api/patients/${patient.id}`)).status, 200);
  await new Promise((resolve) => setTimeout(resolve, 1600));
  assert.is((await nurse.get(`/api/patients/${patient.id}`)).status, 404);
  await give(nurseId, 'psychiatric');
  assert.is(await found(nurse), 1);
  assert.is((await admin.post(`/api/users/${nurseId}/clearances/psychiatric/end`, {})).status, 200);
  assert.is(await found(nurse), 0);
});

test('breaking the glass opens one record for a time, tells the officer at once and is marked in the audit', async ({
  hms,
  patient,
}) => {
  const [doctor, admin, clerk] = await Promise.all([hms.as('doctor'), hms.as('admin'), hms.as('receptionist')]);
  const number = { recordNumber: patient.recordNumber };
  assert.is((await clerk.post('/api/break-glass', { ...number, reason })).status, 403);
  assert.is((await doctor.post('/api/break-glass', { ...number, reason: 'short' })).status, 400);
  assert.is((await doctor.post('/api/break-glass', { familyName: 'Protegida', givenName: 'Eva', reason })).status, 400);
  assert.is(
    (await doctor.post('/api/break-glass', { recordNumber: 'OW-999-999-9', reason })).body.type,
    '/problems/glass-nobody',
  );
  for (const almost of [{ familyName: 'Protegid' }, { givenName: 'Ev' }, { birthDate: '1980-01-02' }]) {
    const asked = { familyName: eva.familyName, givenName: eva.givenName, birthDate: eva.birthDate, ...almost, reason };
    assert.is(
      (await doctor.post('/api/break-glass', asked)).body.type,
      '/problems/glass-nobody',
      'no nearly right one',
    );
  }
  const { status, body } = await doctor.post('/api/break-glass', {
    familyName: 'protegida', givenName: 'EVA', birthDate: eva.birthDate, reason,
  }); // prettier-ignore
  assert.is(status, 201);
  const minutes = (Date.parse(body.until) - Date.now()) / 60_000;
  assert.ok(minutes > 59 && minutes <= 60, String(minutes));
  assert.is((await doctor.get(`/api/patients/${patient.id}`)).status, 200);
  assert.is((await (await hms.as('nurse')).get(`/api/patients/${patient.id}`)).status, 404);
  const protection = (await doctor.get(`/api/patients/${patient.id}/protection`)).body;
  assert.equal([protection.glass.id, protection.labels[0].label], [body.id, 'psychiatric']);
  assert.is((await doctor.post('/api/break-glass', { ...number, reason })).body.type, '/problems/glass-needless');

  await hms.settle();
  const alert = (await admin.get('/api/alerts')).body.items.find(
    (it: { kind: string }) => it.kind === 'patients.glass-broken',
  );
  assert.equal([alert.severity, alert.patient, alert.path], ['critical', null, '/break-glass']);
  const purposes = await hms.db.any(sql.type(z.object({ purpose: z.string(), detail: z.string().nullable() }))`
    select distinct purpose, detail from core.audit where patient_ids @> array[${patient.id}::uuid] and purpose <> 'TREAT' order by purpose
  `);
  assert.equal(purposes, [{ purpose: 'BTG', detail: reason }, { purpose: 'ETREAT', detail: null }]); // prettier-ignore

  assert.is((await doctor.post(`/api/break-glass/${body.id}/end`)).status, 204);
  assert.is((await doctor.get(`/api/patients/${patient.id}`)).status, 404);
  const ended = await hms.db.any(sql.type(
    z.object({ purpose: z.string(), detail: z.string(), patientIds: z.array(z.string()), outcome: z.int() }),
  )`
    select purpose, detail, patient_ids, outcome from core.audit where route = 'post /api/break-glass/{id}/end' order by id desc limit 1
  `);
  assert.equal(ended, [{ purpose: 'BTG', detail: 'ended', patientIds: [patient.id], outcome: 0 }]);
});

test('the reviewer reads what was done while the glass was broken: its kind, not whose and not before or after', async ({
  hms,
  patient,
}) => {
  const [doctor, admin] = await Promise.all([hms.as('doctor'), hms.as('admin')]);
  const count = async () => (await admin.get('/api/break-glass/count')).body.open as number;
  const before = await count();
  const { body } = await doctor.post('/api/break-glass', { recordNumber: patient.recordNumber, reason });
  assert.is(await count(), before + 1);
  assert.ok(body.endsIn > 3590 && body.endsIn <= 3600, String(body.endsIn));
  await doctor.get(`/api/patients/${patient.id}`);
  const { glass, labels } = (await doctor.get(`/api/patients/${patient.id}/record`)).body.protection;
  assert.equal([glass.id, labels[0].label], [body.id, 'psychiatric']);
  await doctor.post(`/api/break-glass/${body.id}/end`);
  await doctor.get(`/api/patients/${patient.id}`);
  const looks = await admin.get(`/api/break-glass/${body.id}/looks`);
  assert.equal(
    looks.body.items.map((it: { route: string; object: string }) => [it.route, it.object]),
    [
      ['get /api/patients/{id}', 'patients'],
      ['get /api/patients/{id}/record', 'patients'],
    ],
  );
  assert.not.match(JSON.stringify(looks.body), patient.id);
  assert.is((await doctor.get(`/api/break-glass/${body.id}/looks`)).status, 403);
  assert.is((await admin.get('/api/break-glass/00000000-0000-7000-8000-000000000000/looks')).status, 404);
});

test('the glass closes by itself, and nobody else can close it', async ({ hms, patient }) => {
  const [doctor, nurse] = await Promise.all([hms.as('doctor'), hms.as('nurse')]);
  const { body } = await doctor.post('/api/break-glass', { recordNumber: patient.recordNumber, reason });
  assert.is((await nurse.post(`/api/break-glass/${body.id}/end`)).status, 404);
  assert.is((await doctor.get(`/api/patients/${patient.id}`)).status, 200);
  await hms.db.query(sql.unsafe`update core.break_glass set until = clock_timestamp() where id = ${body.id}`);
  assert.is((await doctor.get(`/api/patients/${patient.id}`)).status, 404);
});

test('the inbox is worked off by a second person, and a decision stands', async ({ hms, patient }) => {
  const [doctor, admin] = await Promise.all([hms.as('doctor'), hms.as('admin')]);
  await hms.db.query(
    sql.unsafe`insert into auth.role_permission (role, permission) values ('doctor', 'access:review') on conflict do nothing`,
  );
  await new Promise((resolve) => setTimeout(resolve, 1050));
  const { body } = await doctor.post('/api/break-glass', { recordNumber: patient.recordNumber, reason });
  const review = (who: Client, verdict: string) =>
    who.post(`/api/break-glass/${body.id}/review`, { verdict, note: 'asked the ward' });
  const waits = async () =>
    (await admin.get('/api/break-glass')).body.items.some((it: { id: string }) => it.id === body.id);
  assert.is((await review(doctor, 'accepted')).body.type, '/problems/review-by-another');
  assert.ok(await waits());
  assert.is((await review(admin, 'questioned')).body.verdict, 'questioned');
  assert.ok(await waits());
  assert.is((await review(admin, 'accepted')).body.reviews.length, 2);
  assert.not.ok(await waits());
  assert.is((await review(admin, 'escalated')).body.type, '/problems/glass-decided');
  const shown = JSON.stringify((await admin.get('/api/break-glass?open=false')).body);
  assert.ok(shown.includes(patient.recordNumber) && !shown.includes('Protegida'));
});

test('the database keeps it: no review of one’s own, no reason changed, no review taken back', async ({ hms }) => {
  const app = hms.hms.db();
  const refusedWith = (statement: ReturnType<typeof sql.unsafe>) =>
    app.query(statement).then(() => assert.unreachable('changed'), () => undefined); // prettier-ignore
  await refusedWith(sql.unsafe`update core.break_glass set reason = 'something else entirely'`);
  await refusedWith(sql.unsafe`delete from core.break_glass`);
  await refusedWith(sql.unsafe`delete from core.break_glass_review`);
  await refusedWith(sql.unsafe`
    insert into core.break_glass_review (break_glass_id, user_id, verdict, note, reviewed_by)
    select id, user_id, 'accepted', 'my own', user_id from core.break_glass limit 1
  `);
});
test('what was opened in an emergency is opened for one person: the protection stays, and is taken off by who is cleared', async ({
  hms,
  patient,
}) => {
  const [doctor, nurse, admin] = [await hms.as('doctor'), await hms.as('nurse'), await hms.as('admin')];
  assert.is((await doctor.post('/api/break-glass', { recordNumber: patient.recordNumber, reason })).status, 201);
  const end = () => doctor.post(`/api/patients/${patient.id}/labels/psychiatric/end`, { reason: 'no longer' });
  const refused = await end();
  assert.equal([refused.status, refused.body.type], [422, '/problems/label-needs-clearance']);
  assert.is((await nurse.get(`/api/patients/${patient.id}`)).status, 404);
  const given = await admin.post(`/api/users/${await idOf(hms, 'doctor')}/clearances`, {
    label: 'psychiatric',
    reason: 'the ward',
  });
  assert.is(given.status, 201);
  assert.is((await end()).status, 204);
  assert.is((await nurse.get(`/api/patients/${patient.id}`)).status, 200);
  const over = await admin.post(`/api/users/${await idOf(hms, 'doctor')}/clearances/psychiatric/end`);
  assert.is(over.status, 200);
});

test('a namesake in sight hides whether there is another one who is not', async ({ hms, patient }) => {
  const [doctor, desk] = [await hms.as('doctor'), await hms.as('receptionist')];
  const decoy = await desk.post('/api/patients', eva);
  assert.is(decoy.status, 201, JSON.stringify(decoy.body));
  const { familyName, givenName, birthDate } = eva;
  const ask = () => doctor.post('/api/break-glass', { familyName, givenName, birthDate, reason });
  const beside = await ask();
  await hms.db.query(sql.unsafe`update patients.patient set family_name = 'Anders' where id = ${patient.id}`);
  const alone = await ask();
  assert.equal([beside.status, beside.body.type], [alone.status, alone.body.type]);
  assert.is(alone.body.type, '/problems/glass-needless');
  await hms.db.query(sql.unsafe`update patients.patient set family_name = 'Andere' where id = ${decoy.body.id}`);
});

test('nobody writes into the audit of a hidden record that it was printed', async ({ hms, patient }) => {
  const nurse = await hms.as('nurse');
  const print = (patientId: string) => nurse.post('/api/prints', { what: 'day-list', patientIds: [patientId] });
  assert.is((await print(patient.id)).status, 404);
  const entries = await hms.db.any(
    sql.unsafe`select from core.audit where ${patient.id} = any(patient_ids) and subtype = 'print'`,
  );
  assert.is(entries.length, 0);
});

test('a reason tells nobody about a record that they may not see: of it the first word stays', async ({
  hms,
  patient,
}) => {
  const { items } = (await (await hms.as('admin')).get('/api/audit?limit=100')).body;
  const [newest] = items.filter(({ route }: { route: string }) => route.endsWith('/labels/{label}'));
  assert.equal([newest.detail, newest.patients], ['label', []]);
  assert.not.match(JSON.stringify(items), new RegExp(patient.id));
});

test('nobody is created by FHIR with a record number of the house, a hidden one’s least of all', async ({
  hms,
  patient,
}) => {
  const doctor = await hms.as('doctor');
  const headers = { 'content-type': 'application/fhir+json' };
  const system = 'urn:openward:record-number';
  const named = (value: string) =>
    JSON.stringify({
      resourceType: 'Patient',
      identifier: [{ system, value }],
      name: [{ family: 'Elsewhere', given: ['Ada'] }],
      gender: 'female',
      birthDate: '1970-01-01',
    });
  for (const number of [patient.recordNumber, 'OW-999-999-9'])
    assert.is((await doctor.post('/fhir/R4/Patient', named(number), headers)).status, 422, number);
  const own = await (await hms.as('receptionist')).post('/api/patients', { ...eva, familyName: 'Offen' });
  assert.is(own.status, 201);
  const read = await doctor.get(`/fhir/R4/Patient/${own.body.id}`);
  const put = (it: object) =>
    doctor.put(`/fhir/R4/Patient/${own.body.id}`, JSON.stringify(it), {
      ...headers,
      'if-match': read.headers.get('etag')!,
    });
  assert.is((await put({ ...read.body, identifier: [{ system, value: patient.recordNumber }] })).status, 422);
  assert.is((await put(read.body)).status, 200, 'their own comes back as it was read');
});

test.run();
