import { randomUUID } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sql } from '../../core/database.ts';
import { startHms, type Client, type TestHms } from '../hms.ts';

interface At {
  hms: TestHms;
  admin: Client;
  clerk: Client;
  /** Opened by the nurse, whose id it is. */
  patientId: string;
  nurseId: string;
}
const test = suite<At>('auth: audit search');

test.before(async (at) => {
  at.hms = await startHms(['auth', 'facility', 'patients', 'scheduling', 'ehr', 'reports'], {
    env: { LOG_LEVEL: 'silent' },
  });
  at.admin = await at.hms.as('admin');
  at.clerk = await at.hms.as('receptionist');
  at.patientId = await register(at, 'Looked-at');
  const nurse = await at.hms.as('nurse');
  await nurse.get(`/api/patients/${at.patientId}`);
  await nurse.get('/api/users');
  const { body } = await at.admin.get('/api/users?limit=100');
  at.nurseId = body.items.find((user: { username: string }) => user.username === 'nurse').id;
});
test.after((at) => at.hms?.stop());

const register = async ({ clerk }: Pick<At, 'clerk'>, familyName: string): Promise<string> => {
  const patient = {
    familyName,
    givenName: 'Ida',
    birthDate: '1980-02-03',
    gender: 'female',
    phone: '+49 30 5550101',
    city: 'Bonn',
  };
  const { status, body } = await clerk.post('/api/patients', patient, { 'idempotency-key': randomUUID() });
  assert.is(status, 201);
  return body.id;
};
const found = async (client: Client, query: string) => {
  const { status, body } = await client.get(`/api/audit?${query}`);
  assert.is(status, 200, JSON.stringify(body));
  return body.items as {
    actorName: string;
    action: string;
    subtype: string | null;
    outcome: number;
    source: string;
    detail: string | null;
    patients: { name: string }[];
    at: string;
  }[];
};

test('who opened this record is found by patient, by person, by kind, by time and by address', async ({
  admin,
  patientId,
  nurseId,
}) => {
  const byPatient = await found(admin, `patientId=${patientId}`);
  assert.equal(byPatient.map(({ actorName, action, subtype }) => [actorName, action, subtype]).sort(), [
    ['Nurse', 'R', 'opened'],
    ['Receptionist', 'C', null],
  ]);
  assert.is(byPatient[0]!.patients[0]!.name, 'Looked-at, Ida');
  assert.is((await found(admin, `userId=${nurseId}&action=E`)).filter(({ detail }) => detail === 'sign-in').length, 1);
  const opened = await found(admin, `userId=${nurseId}&subtype=opened`);
  assert.is(opened.length, 1);
  const { at, source } = opened[0]!;
  assert.is((await found(admin, `from=${at}&userId=${nurseId}&subtype=opened`)).length, 1);
  assert.is((await found(admin, `to=${at}&userId=${nurseId}&subtype=opened`)).length, 0);
  const byNurse = `userId=${nurseId}&subtype=opened`;
  assert.is((await found(admin, `source=${source}&${byNurse}`)).length, 1);
  assert.is((await found(admin, `source=127.0.0.0/8&${byNurse}`)).length, 1);
  assert.is((await found(admin, `source=10.0.0.0/8&${byNurse}`)).length, 0);
  for (const [about, count] of [
    [`patients/${patientId}`, 1],
    ['PATIENTS', 1],
    ['/api/patients/{id}', 1],
    ['atients/', 1],
    ['appointments', 0],
    ['pat%nts', 0],
    ['pat_ents', 0],
  ] as const)
    assert.is((await found(admin, `about=${encodeURIComponent(about)}&${byNurse}`)).length, count, about);
  assert.is((await admin.get('/api/audit?about=x')).status, 400);
  assert.is((await admin.get('/api/audit?source=10.1')).status, 400);
});

test('what was refused is there, and page after page nothing is left out or shown twice', async ({
  admin,
  nurseId,
}) => {
  const refused = await found(admin, `userId=${nurseId}&outcome=refused`);
  assert.is(refused.length, 1);
  for (let n = 0; n < 12; n++) await admin.get('/api/audit?limit=1');
  const seen: string[] = [];
  let cursor = '';
  const to = new Date().toISOString();
  do {
    const { body } = await admin.get(`/api/audit?limit=5&to=${to}${cursor && `&cursor=${cursor}`}`);
    seen.push(...body.items.map(({ id }: { id: string }) => id));
    cursor = body.next ?? '';
  } while (cursor);
  assert.is(new Set(seen).size, seen.length);
  assert.ok(seen.length > 15);
});

test('sign-ins are looked for by themselves, those that were refused too', async ({ hms, admin, nurseId }) => {
  const refusedAt = new Date().toISOString();
  await hms.anonymous.post('/api/auth/login', { username: 'nurse', password: 'a wrong password' });
  const signIns = await found(admin, `kind=sign-in&userId=${nurseId}`);
  assert.equal(signIns.map(({ detail, outcome }) => [detail, outcome]), [['sign-in', 0]]); // prettier-ignore
  const refused = await found(admin, `kind=sign-in&outcome=refused&from=${refusedAt}`);
  assert.equal(refused.map(({ detail }) => detail), ['sign-in']); // prettier-ignore
  assert.ok((await found(admin, 'kind=sign-in&limit=100')).every(({ action }) => action === 'E'));
  assert.is((await admin.get('/api/audit?kind=anything')).status, 400);
});

test('whose entries are looked for is found while one types, however many work here', async ({ hms, admin }) => {
  await hms.db.query(sql.unsafe`
    insert into auth."user" (username, display_name, password_hash)
    select 'aa' || n, 'Aaron ' || n, 'x' from generate_series(1, 120) n
    union all select 'z100%', 'Zoe 100%', 'x'
  `);
  const named = async (text: string) =>
    (await admin.get(`/api/users?limit=12&text=${encodeURIComponent(text)}`)).body.items.map(
      ({ displayName }: { displayName: string }) => displayName,
    );
  assert.equal(await named('zOE'), ['Zoe 100%']);
  assert.equal(await named('0%'), ['Zoe 100%']);
  assert.equal(await named('aa77'), ['Aaron 77']);
  assert.equal(await named('nobody of this name'), []);
  const first = (await admin.get('/api/users?limit=100&text=aaron')).body;
  const rest = (await admin.get(`/api/users?limit=100&text=aaron&cursor=${first.next}`)).body;
  assert.equal([first.items.length, rest.items.length, rest.next], [100, 20, undefined]);
});

test('looking through the audit is an entry itself, and only those may who are allowed to', async ({
  hms,
  admin,
  clerk,
  patientId,
}) => {
  await found(admin, `patientId=${patientId}`);
  const [newest] = await found(admin, `patientId=${patientId}&subtype=listed`);
  assert.is(newest!.actorName, 'Admin');
  assert.is((await clerk.get('/api/audit')).status, 403);
  assert.is((await clerk.get('/api/audit/csv')).status, 403);
  assert.is((await clerk.get('/fhir/R4/AuditEvent')).status, 403);
  assert.is((await hms.anonymous.get('/api/audit')).status, 401);
});

test('a file of it is an export, and prints are written down', async ({ admin, clerk, patientId }) => {
  const file = await admin.fetch(`/api/audit/csv?patientId=${patientId}`);
  const lines = (await file.text()).trim().split('\r\n');
  assert.match(lines[0]!, /^time \(UTC\),who,action/);
  assert.ok(lines.length > 2);
  assert.is((await clerk.post('/api/prints', { what: 'day-list', patientIds: [patientId] })).status, 204);
  const kinds = (await found(admin, `patientId=${patientId}`)).map(({ subtype }) => subtype);
  assert.ok(kinds.includes('export') && kinds.includes('print'));
});

test('what cannot be written down is neither listed, searched, saved, printed nor told by FHIR; nobody signs in', async ({
  hms,
  admin,
  clerk,
  patientId,
}) => {
  await hms.db.query(sql.unsafe`revoke insert on core.audit from app`);
  try {
    for (const answer of [
      await admin.fetch('/api/audit'),
      await admin.fetch('/api/audit/csv'),
      await clerk.post('/api/patients/search', { text: 'Looked-at' }),
      await clerk.post('/api/prints', { what: 'day-list', patientIds: [patientId] }),
      await clerk.fetch('/fhir/R4/Patient?name=looked-at'),
      await clerk.fetch(`/fhir/R4/Patient/${patientId}`),
      await hms.anonymous.post('/api/auth/login', { username: 'nurse', password: 'a wrong password' }),
    ]) {
      assert.is(answer.status, 503);
      const said = answer instanceof Response ? await answer.text() : JSON.stringify(answer.body);
      assert.not.match(said, /Looked-at/i);
    }
  } finally {
    await hms.db.query(sql.unsafe`grant insert on core.audit to app`);
  }
  assert.is((await clerk.fetch('/fhir/R4/Patient?name=looked-at')).status, 200);
});

test('FHIR AuditEvent says the same', async ({ admin, patientId }) => {
  const { status, body } = await admin.get(
    `/fhir/R4/AuditEvent?patient=Patient/${patientId}&action=C,R&subtype=create,read`,
  );
  assert.is(status, 200, JSON.stringify(body));
  const events = body.entry.map(({ resource }: { resource: object }) => resource);
  assert.equal(events.map((it: { agent: { name: string }[] }) => it.agent[0]!.name).sort(), ['Nurse', 'Receptionist']);
  const one = events.find((it: { action: string }) => it.action === 'R');
  assert.is(one.outcome, '0');
  assert.equal(one.entity[0].what, { reference: `Patient/${patientId}` });
  assert.is((await admin.get(`/fhir/R4/AuditEvent/${one.id}`)).body.recorded, one.recorded);
  const later = await admin.get(
    `/fhir/R4/AuditEvent?date=gt${encodeURIComponent(new Date(Date.now() + 60_000).toISOString())}`,
  );
  assert.is(later.body.entry, undefined);
  assert.is((await admin.post('/fhir/R4/AuditEvent', one)).status, 405);
});

test('an entry about somebody whom the asker may not see stays, and says neither who nor that it is there', async (at) => {
  const { hms, admin } = at;
  const hidden = await register(at, 'Hidden');
  const whole = `about=post /api/patients&from=${new Date(Date.now() - 60_000).toISOString()}`;
  const [before] = await found(admin, whole);
  assert.is(before!.patients[0]!.name, 'Hidden, Ida');
  await hms.db.query(sql.unsafe`insert into core.subject_label (subject_id, label) values (${hidden}, 'restricted')`);
  const { body } = await admin.get(`/api/audit?${whole}`);
  assert.equal([body.items[0].patients, body.items[0].patientCount, body.items[0].object], [[], 0, 'Patient']);
  const file = await (await admin.fetch('/api/audit/csv')).text();
  const events = JSON.stringify((await admin.get('/fhir/R4/AuditEvent?_count=100')).body);
  for (const text of [JSON.stringify(body), file, events]) assert.not.match(text, hidden);
  for (const query of [`patientId=${hidden}`, `about=patients/${hidden}`]) assert.equal(await found(admin, query), []);
  assert.is((await admin.get(`/fhir/R4/AuditEvent?patient=Patient/${hidden}`)).body.entry, undefined);
});
test.run();
