import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { shipped } from '../../core/loader.ts';
import { startHms, type Client, type TestHms } from '../hms.ts';
import { merge, reason, unmerge } from './merging.ts';
import { referenceColumns, rowsOf } from './rows-of-two.ts';

const test = suite<{ hms: TestHms; admin: Client }>('patients: merge');
test.before(async (at) => {
  at.hms = await startHms(shipped(), { now: '2026-03-02T08:00:00Z', demo: { patients: 40, visitsPerPatient: 3 } });
  at.admin = await at.hms.as('admin');
});
test.after((at) => at.hms?.stop());

/** Somebody new, like nobody else. */
const newcomer = async (hms: TestHms, familyName: string, more: object = {}) => {
  const { status, body } = await (
    await hms.as('receptionist')
  ).post('/api/patients', {
    ...{
      familyName,
      givenName: 'Zebedee',
      birthDate: '1957-11-23',
      gender: 'male',
      phone: '+49 30 7766554',
      city: 'Altmarkt',
    },
    ...{ notSameReason: 'Of a test', ...more },
  });
  assert.is(status, 201, JSON.stringify(body));
  return body as { id: string; recordNumber: string; version: number };
};
const fhirJson = { 'content-type': 'application/fhir+json' };
/** Not held against anybody's hours. */
const asImport = { ...fhirJson, 'openward-origin': 'import' };
/** With a practitioner of their own each time, outside of any window: only the patient can be in the way. */
const book = async (hms: TestHms, patientId: string, start: string) => {
  const practitioner = await hms.db.oneFirst(sql.type(z.object({ id: z.uuid() }))`
    select id from facility.practitioner order by id offset ${bookings++} limit 1
  `);
  const resource = {
    resourceType: 'Appointment',
    status: 'booked',
    start,
    end: start.replace(':00:00Z', ':20:00Z'),
    participant: [`Patient/${patientId}`, `Practitioner/${practitioner}`].map((reference) => ({
      actor: { reference },
      status: 'accepted',
    })),
  };
  return (await hms.as('admin')).post('/fhir/R4/Appointment', resource, asImport);
};
let bookings = 0;

test('a merged record leads to the other: by id, by its old number and name, in FHIR by its link', async ({
  hms,
  admin,
}) => {
  const kept = await newcomer(hms, 'Quillfeather', { email: null });
  const gone = await newcomer(hms, 'Thistlewood', { email: 'z@example.org', phone: '+49 30 1122334' });
  const { body: survivor } = await merge(admin, kept.id, gone.id, { take: ['email'] });
  assert.equal([survivor.id, survivor.email, survivor.phone], [kept.id, 'z@example.org', '+49 30 7766554']);
  const nurse = await hms.as('nurse');
  const read = await nurse.get(`/api/patients/${gone.id}`);
  assert.equal([read.body.id, read.headers.get('content-location')], [kept.id, `/api/patients/${kept.id}`]);
  assert.is((await nurse.get(`/api/patients/${gone.id}/record`)).body.patient.id, kept.id);
  for (const text of ['thistlewood', gone.recordNumber]) {
    const { items } = (await nurse.post('/api/patients/search', { text })).body;
    assert.equal(
      items.map((it: { id: string }) => it.id),
      [kept.id],
      text,
    );
  }
  const fhir = async (id: string) => (await admin.get(`/fhir/R4/Patient/${id}`)).body;
  const { active, link } = await fhir(gone.id);
  assert.equal([active, link], [false, [{ other: { reference: `Patient/${kept.id}` }, type: 'replaced-by' }]]);
  assert.equal((await fhir(kept.id)).link, [{ other: { reference: `Patient/${gone.id}` }, type: 'replaces' }]);

  const booked = await book(hms, gone.id, '2026-03-05T09:00:00Z');
  assert.is(booked.status, 409, JSON.stringify(booked.body));
  assert.match(booked.body.issue[0].diagnostics, /merged into another/);
  const { version } = (await admin.get(`/api/patients/${kept.id}/merges`)).body.items[0].patient;
  const amended = { familyName: 'T', givenName: 'Z', birthDate: null, gender: 'male', phone: null, city: null };
  const amend = await (
    await hms.as('receptionist')
  ).put(`/api/patients/${gone.id}`, amended, { 'if-match': `W/"${version}"` });
  assert.equal([amend.status, amend.body.patientId], [409, kept.id]);
  assert.is((await merge(admin, kept.id, gone.id)).body.type, '/problems/merge-already', 'twice');

  assert.is((await unmerge(admin, kept.id, gone.id)).status, 200);
  assert.is((await nurse.get(`/api/patients/${gone.id}`)).body.familyName, 'Thistlewood');
  const after = await nurse.get(`/api/patients/${kept.id}`);
  assert.is(after.body.email, null, 'what was taken over went back');
  assert.is(after.body.version > survivor.version, true, 'no version is used twice');
});

test('who looked at either record is found at the one they became, and apart again after', async ({ hms, admin }) => {
  const nurse = await hms.as('nurse');
  const kept = await newcomer(hms, 'Ravenscroft');
  const gone = await newcomer(hms, 'Underhill', { phone: '+49 30 1122335' });
  assert.is((await nurse.get(`/api/patients/${gone.id}`)).status, 200);
  const looks = async () => {
    const of = `/api/audit?patientId=${kept.id}&action=R`;
    const { status, body } = await admin.get(of);
    assert.is(status, 200, JSON.stringify(body));
    const items: { route: string; patients: { id: string }[] }[] = body.items;
    return items.filter(({ route, patients }) => route === 'get /api/patients/{id}' && patients[0]?.id === gone.id);
  };
  const inFhir = async () =>
    (await admin.get(`/fhir/R4/AuditEvent?patient=${kept.id}&action=R&_summary=count`)).body.total;
  const before = [(await looks()).length, await inFhir()];
  await merge(admin, kept.id, gone.id);
  const after = [(await looks()).length, await inFhir()];
  assert.equal([before[0], after[0]], [0, 1]);
  assert.ok(after[1] > before[1], `${after[1]} of ${before[1]} in FHIR`);
  assert.is((await unmerge(admin, kept.id, gone.id)).status, 200);
  assert.is((await looks()).length, 0);
});

test('what arose since goes along when it hangs on what goes back, and stays otherwise', async ({ hms, admin }) => {
  const kept = await newcomer(hms, 'Ashgrove');
  const gone = await newcomer(hms, 'Birchwater');
  const { status, body: theirs } = await book(hms, gone.id, '2026-03-06T09:00:00Z');
  assert.is(status, 201, JSON.stringify(theirs));
  assert.is((await merge(admin, kept.id, gone.id)).status, 200);
  const { body: read } = await (await hms.as('receptionist')).get(`/fhir/R4/Appointment/${theirs.id}`);
  assert.match(JSON.stringify(read.participant), `Patient/${kept.id}`);
  const later = { ...read, start: '2026-03-06T11:00:00Z', end: '2026-03-06T11:20:00Z' };
  const moved = await admin.put(`/fhir/R4/Appointment/${theirs.id}`, later, asImport);
  assert.is(moved.status, 200, JSON.stringify(moved.body));
  const since = (await book(hms, kept.id, '2026-03-09T09:00:00Z')).body;
  const back = await unmerge(admin, kept.id, gone.id);
  assert.is(back.status, 200, JSON.stringify(back.body));
  const rows = await hms.db.any(sql.type(
    z.object({ id: z.uuid(), patientId: z.uuid(), startsAt: z.string(), taken: z.array(z.uuid()) }),
  )`
    select a.id, a.patient_id, a.starts_at, array(select o.actor_id from scheduling.occupancy o where o.appointment_id = a.id and o.actor_id = o.patient_id) as taken
    from scheduling.appointment a where a.id in (${theirs.id}, ${since.id}) order by a.starts_at
  `);
  assert.equal(
    rows.map(({ patientId, startsAt, taken }) => [patientId, startsAt, taken]),
    [
      [gone.id, '2026-03-06T11:00:00Z', [gone.id]],
      [kept.id, '2026-03-09T09:00:00Z', [kept.id]],
    ],
    'moved to another hour since, it is theirs all the same; what was booked since stays',
  );
});

test('what stands in the way is said, and nothing changes', async ({ hms, admin }) => {
  const [one, two] = [await newcomer(hms, 'Cloverfield'), await newcomer(hms, 'Dewhurst')];
  assert.is(
    (await admin.get(`/api/patients/${one.id}/merge?otherId=${one.id}`)).body.type,
    '/problems/merge-with-itself',
  );
  const itself = await admin.post(
    `/api/patients/${one.id}/merge`,
    { otherId: one.id, otherVersion: 1, reason },
    { 'if-match': 'W/"1"' },
  );
  assert.equal([itself.status, itself.body.type], [409, '/problems/merge-with-itself']);
  const booked: string[] = [];
  for (const { id } of [one, two]) booked.push((await book(hms, id, '2026-03-10T09:00:00Z')).body.id);
  const inTheWay = { merge_same_time: booked.sort() };
  const { body: preview } = await admin.get(`/api/patients/${one.id}/merge?otherId=${two.id}`);
  assert.equal([preview.blocked, preview.counts['scheduling.appointment']], [inTheWay, 1]);
  const refused = await merge(admin, one.id, two.id);
  assert.equal([refused.status, refused.body.type, refused.body.blocked], [409, '/problems/merge-same-time', inTheWay]);
  const stale = await admin.post(
    `/api/patients/${one.id}/merge`,
    { otherId: two.id, otherVersion: 7, reason },
    { 'if-match': 'W/"1"' },
  );
  assert.is(stale.status, 412);
  assert.is((await (await hms.as('receptionist')).get(`/api/patients/${one.id}/merge?otherId=${two.id}`)).status, 403);
});

test('two open visits stand in the way until one of them is over', async ({ hms, admin }) => {
  const [kept, gone] = [await newcomer(hms, 'Thornbury'), await newcomer(hms, 'Wetherby')];
  const doctor = await hms.as('doctor');
  const practitionerId = await hms.db.oneFirst(sql.type(z.object({ id: z.uuid() }))`
    select p.id from facility.practitioner p join auth."user" u on u.id = p.user_id where u.username = 'doctor'
  `);
  const arrive = async (patientId: string) => {
    const { status, body } = await doctor.post('/api/encounters', { patientId, practitionerId, reason: 'Cough' });
    assert.is(status, 201, JSON.stringify(body));
    return body as { id: string; version: number };
  };
  const [theirs, other] = [await arrive(kept.id), await arrive(gone.id)];
  const two = [kept.id, gone.id];
  const before = await rowsOf(hms.db, two);
  const inTheWay = { merge_open_visits: [theirs.id, other.id].sort() };
  const { body: preview } = await admin.get(`/api/patients/${kept.id}/merge?otherId=${gone.id}`);
  assert.equal([preview.blocked, preview.counts['ehr.encounter']], [inTheWay, 1]);
  const refused = await merge(admin, kept.id, gone.id);
  assert.equal(
    [refused.status, refused.body.type, refused.body.blocked],
    [409, '/problems/merge-open-visits', inTheWay],
  );
  assert.match(refused.body.detail, 'Both records have an open visit');
  assert.equal(await rowsOf(hms.db, two), before, 'nothing changed');

  const etag = ({ version }: { version: number }) => ({ 'if-match': `W/"${version}"` });
  const started = await doctor.post(`/api/encounters/${other.id}/start`, {}, etag(other));
  assert.is(started.status, 200, JSON.stringify(started.body));
  assert.is((await merge(admin, kept.id, gone.id)).status, 409, 'under way is open too');
  const finished = await doctor.post(`/api/encounters/${other.id}/finish`, {}, etag(started.body));
  assert.is(finished.status, 200, JSON.stringify(finished.body));
  assert.is((await merge(admin, kept.id, gone.id)).status, 200);
  const whose = await hms.db.anyFirst(sql.type(z.object({ patientId: z.uuid() }))`
    select patient_id from ehr.encounter where id in (${theirs.id}, ${other.id}) limit 2
  `);
  assert.equal(whose, [kept.id, kept.id]);
});

test('protection of one protects both', async ({ hms, admin }) => {
  const [kept, gone] = [await newcomer(hms, 'Elderberry'), await newcomer(hms, 'Foxglove')];
  assert.is((await merge(admin, kept.id, gone.id)).status, 200);
  await (await hms.as('doctor')).post(`/api/patients/${kept.id}/labels/hiv`, { reason: 'asked for it' });
  const nurse = await hms.as('nurse');
  for (const { id } of [kept, gone]) {
    assert.is((await nurse.get(`/api/patients/${id}`)).status, 404);
    assert.is((await nurse.get(`/fhir/R4/Patient/${id}`)).status, 404);
  }
  assert.equal((await nurse.post('/api/patients/search', { text: 'foxglove' })).body.items, []);
});

test('$match gives score and grade, best first, and with onlyCertainMatches one or nobody', async ({ hms, admin }) => {
  const { id } = await newcomer(hms, 'Greenhalgh', { phone: '+49 30 4455667' });
  const resource = {
    resourceType: 'Patient',
    name: [{ family: 'Greenhalgh', given: ['Zebedee'] }],
    birthDate: '1957-11-23',
    telecom: [{ system: 'phone', value: '+49 (30) 4455667' }],
  };
  const ask = (more: object[], body: object = resource) =>
    admin.post(
      '/fhir/R4/Patient/$match',
      { resourceType: 'Parameters', parameter: [{ name: 'resource', resource: body }, ...more] },
      { 'content-type': 'application/fhir+json' },
    );
  const { status, body } = await ask([{ name: 'count', valueInteger: 3 }]);
  assert.is(status, 200, JSON.stringify(body));
  const [best] = body.entry;
  assert.equal(
    [body.type, best.resource.id, best.search.mode, best.search.score >= 0.9],
    ['searchset', id, 'match', true],
  );
  assert.equal(best.search.extension, [
    { url: 'http://hl7.org/fhir/StructureDefinition/match-grade', valueCode: 'certain' },
  ]);
  const near = { ...resource, birthDate: '1957-11-24', telecom: undefined };
  assert.is((await ask([], near)).body.entry[0].search.extension[0].valueCode, 'probable');
  assert.is((await ask([{ name: 'onlyCertainMatches', valueBoolean: true }], near)).body.entry, undefined);
  assert.is((await ask([], { resourceType: 'Basic', code: { text: 'x' } })).status, 400);
  const { rest } = (await admin.get('/fhir/R4/metadata')).body;
  const patient = rest[0].resource.find(({ type }: { type: string }) => type === 'Patient');
  assert.equal(patient.operation, [
    { name: 'match', definition: 'http://hl7.org/fhir/OperationDefinition/Patient-match' },
  ]);
});

test('who is registered much like another stands in the list until told apart or merged', async ({ hms, admin }) => {
  const [one, two] = [await newcomer(hms, 'Hollingsworth'), await newcomer(hms, 'Holingsworth')];
  await hms.settle();
  // Somebody had a reason at the desk; then it is not asked again.
  const listed = async (): Promise<{ grade: string; because: string[] }[]> =>
    (await admin.get('/api/patients/duplicates?limit=100')).body.items.filter(
      (it: { patient: { id: string }; other: { id: string } }) => it.patient.id === one.id && it.other.id === two.id,
    );
  assert.equal(await listed(), []);
  await hms.db.query(sql.unsafe`delete from patients.not_same where ${two.id}::uuid in (patient_id, other_id)`);
  await hms.hms.plugins
    .find(({ name }) => name === 'patients')!
    .jobs!['patients.find-duplicates']!.run(hms.db, hms.hms);
  const [pair] = await listed();
  assert.equal([pair?.grade, pair?.because], ['certain', ['sound', 'birth-date', 'phone']]);
  const told = { patientId: two.id, otherId: one.id, reason: 'Brothers' };
  assert.is((await admin.post('/api/patients/duplicates/not-same', told)).status, 204);
  assert.equal(await listed(), []);
  assert.is((await admin.post('/api/patients/duplicates/not-same', told)).status, 409);
});

test('every table that refers to a patient is moved, and has a key by which a row is put back', async ({ hms }) => {
  const named = z.object({ name: z.string() });
  const columns = new Set((await referenceColumns(hms.db)).map((it) => `${it.relation}.${it.columnName}`));
  const unmoved = await hms.db.anyFirst(sql.type(named)`
    select c.oid::regclass || '.' || a.attname as name
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema')
      and a.atttypid in ('uuid'::regtype, 'uuid[]'::regtype) and (a.attname ~ '(^|_)(patient|beneficiary|subject)(_ids?|s)?$')
    order by 1
  `);
  // As they were written, or another subject; the merge's own; and what makes sight, which is copied and made anew.
  const others =
    /^core\.(audit\.patient_ids|outbox|delivery|merged_subject|access_relation|access_circle|subject_site|subject_label)|^patients\.(patient\.patient_id|merge|merge_row|duplicate)\.?|^(messaging|insurance_adapter)\.\w+\.subject_id/;
  assert.equal(
    unmoved.filter((name) => !columns.has(name) && !others.test(name)),
    [],
  );
  const keyless = await hms.db.anyFirst(sql.type(named)`
    select distinct relation::text as name from patients.reference_columns() where patients.key_columns(relation) is null
  `);
  assert.equal(keyless, []);
});

test('what a record can have only once has a rule', async ({ hms }) => {
  const ruleless = await hms.db.anyFirst(sql.type(z.object({ name: z.string() }))`
    select i.indexrelid::regclass::text as name
    from pg_index i
    join patients.reference_columns() r on r.relation = i.indrelid
    join pg_attribute a on a.attrelid = i.indrelid and a.attname in (r.column_name, 'actor_id') and a.attnum = any (i.indkey)
    where (i.indisunique or i.indisexclusion)
      -- One that has an id of its own in it cannot clash.
      and not exists (select from pg_attribute own where own.attrelid = i.indrelid and own.attname in ('id', 'appointment_id') and own.attnum = any (i.indkey))
      and i.indrelid <> 'patients.not_same'::regclass
      and not exists (select from patients.merge_rule m where m.because_of = split_part(i.indexrelid::regclass::text, '.', 2))
    order by 1
  `);
  assert.equal(ruleless, []);
});
test.run();
