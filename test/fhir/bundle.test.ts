import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { startHms, type Client, type TestHms } from '../hms.ts';

const thing = join(import.meta.dirname, 'thing');
const root = '/fhir/R4';
const test = suite<{ hms: TestHms; admin: Client }>('fhir: bundles');
test.before(async (at) => {
  at.hms = await startHms(['auth', thing], { now: '2026-03-01T08:00:00Z' });
  at.admin = await at.hms.as('admin');
});
test.after((at) => at.hms?.stop());

const urn = () => `urn:uuid:${randomUUID()}`;
const patient = { resourceType: 'Patient', name: [{ family: 'Muster', given: ['Eva'] }] };
const measured = (subject: string, more: object = {}) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'x' },
  subject: { reference: subject },
  ...more,
});
const post = (fullUrl: string, resource: { resourceType: string }, more: object = {}) => ({
  fullUrl,
  resource,
  request: { method: 'POST', url: resource.resourceType, ...more },
});
const bundle = (type: 'transaction' | 'batch', ...entry: object[]) => ({ resourceType: 'Bundle', type, entry });
const count = ({ db }: TestHms) =>
  db.oneFirst(
    sql.type(
      z.object({ n: z.int() }),
    )`select (select count(*) from thing.person)::int + (select count(*) from thing.measurement)::int as n`,
  );

test('entries refer to each other in any order', async ({ admin }) => {
  const [eva, first, second, flag] = [urn(), urn(), urn(), urn()];
  const { status, body } = await admin.post(
    root,
    bundle(
      'transaction',
      post(flag, {
        resourceType: 'Flag',
        status: 'active',
        code: { text: 'x' },
        subject: { reference: eva },
        identifier: [{ system: 'urn:ietf:rfc:3986', value: eva }],
      } as never),
      post(first, measured(eva, { hasMember: [{ reference: second }] })),
      post(second, measured(eva)),
      post(eva, patient),
    ),
  );
  assert.is(status, 200, JSON.stringify(body));
  assert.is(body.type, 'transaction-response');
  assert.equal(
    body.entry.map((each: { response: { status: string } }) => each.response.status),
    ['201', '201', '201', '201'],
  );
  const places = body.entry.map((each: { response: { location: string } }) =>
    each.response.location.replace('/_history/1', ''),
  );
  const read = async (index: number) => (await admin.get(`${root}/${places[index]}`)).body;
  assert.is((await read(0)).subject.reference, places[3]);
  assert.is((await read(0)).identifier[0].value, eva, 'what only looks like an address stays');
  assert.is((await read(1)).hasMember[0].reference, places[2]);
  assert.is(body.entry[1].response.etag, 'W/"1"');
});

test('all or nothing, and the entry at fault is named', async ({ hms, admin }) => {
  const before = await count(hms);
  const eva = urn();
  const taboo = { resourceType: 'Patient', name: [{ family: 'Taboo' }] };
  const { status, body } = await admin.post(
    root,
    bundle('transaction', post(eva, patient), post(urn(), measured(eva)), post(urn(), taboo)),
  );
  assert.is(status, 422);
  assert.equal(body.issue[0].expression, ['Bundle.entry[2].resource']);
  const malformed = await admin.post(
    root,
    bundle('transaction', post(eva, patient), post(urn(), { resourceType: 'Patient', shoe: 43 } as never)),
  );
  assert.equal(malformed.body.issue[0].expression, ['Bundle.entry[1].resource.shoe']);
  const unknown = await admin.post(root, bundle('transaction', post(urn(), measured(`Patient/${randomUUID()}`))));
  assert.is(unknown.status, 422);
  assert.equal(unknown.body.issue[0].expression, ['Bundle.entry[0].resource.subject']);
  assert.is(await count(hms), before);
});

test('the same Idempotency-Key makes a transaction happen once', async ({ hms, admin }) => {
  const before = await count(hms);
  const key = { 'idempotency-key': randomUUID() };
  const entries = bundle('transaction', post(urn(), patient));
  const first = await admin.post(root, entries, key);
  assert.equal((await admin.post(root, entries, { ...key, prefer: 'return=minimal' })).body, first.body);
  assert.is((await admin.post(root, bundle('transaction', post(urn(), patient)), key)).status, 422);
  assert.is(await count(hms), before + 1);
});

test('a batch does what can be done', async ({ hms, admin }) => {
  const before = await count(hms);
  const { body } = await admin.post(
    root,
    bundle(
      'batch',
      post(urn(), patient),
      post(urn(), { resourceType: 'Patient', name: [{ family: 'Taboo' }] } as never),
      { request: { method: 'GET', url: 'Patient?family=Muster&_count=1' } },
      { request: { method: 'GET', url: `Patient/${randomUUID()}` } },
      { request: { method: 'DELETE', url: `Observation/${randomUUID()}` } },
    ),
  );
  assert.equal(
    body.entry.map((each: { response: { status: string } }) => each.response.status),
    ['201', '422', '200', '404', '405'],
  );
  assert.is(body.entry[1].response.outcome.resourceType, 'OperationOutcome');
  assert.is(body.entry[2].resource.type, 'searchset');
  assert.is(await count(hms), before + 1);
});

test('the same Idempotency-Key makes each entry of a batch happen once', async ({ hms, admin }) => {
  const before = await count(hms);
  const key = { 'idempotency-key': randomUUID() };
  const entries = bundle('batch', post(urn(), patient), {
    request: { method: 'POST', url: 'Patient/_search?_count=1' },
  });
  const first = await admin.post(root, entries, key);
  assert.is(first.body.entry[1].resource.type, 'searchset', 'a search as POST is a read');
  const again = await admin.post(root, entries, key);
  assert.equal(again.body.entry[0], first.body.entry[0]);
  assert.is((await admin.post(root, bundle('batch', post(urn(), patient)), key)).status, 422);
  assert.is(await count(hms), before + 1);
});

test('one condition at once makes one, and a refused one names its entry', async ({ admin }) => {
  const known = { ...patient, identifier: [{ system: 'urn:mrn', value: 'at-once' }] };
  const put = { resource: known, request: { method: 'PUT', url: 'Patient?identifier=urn:mrn|at-once' } };
  const answers = await Promise.all(Array.from({ length: 8 }, () => admin.post(root, bundle('transaction', put))));
  assert.equal([...new Set(answers.map(({ status }) => status))], [200]);
  const places = answers.map(({ body }) => (body.entry[0].response.location as string).split('/')[1]);
  assert.is(new Set(places).size, 1);
  const stale = await admin.post(
    root,
    bundle('transaction', post(urn(), patient), {
      resource: { ...known, id: places[0] },
      request: { method: 'PUT', url: `Patient/${places[0]}`, ifMatch: 'W/"99"' },
    }),
  );
  assert.equal([stale.status, stale.body.issue[0].expression], [412, ['Bundle.entry[1]']]);
  const unusable = await admin.post(
    root,
    bundle('transaction', { resource: patient, request: { method: 'POST', url: 'x' } }),
  );
  assert.equal(unusable.body.issue[0].expression, ['Bundle.entry[0].request.url']);
});

test('conditional references mean what is here, or refuse and say so', async ({ admin }) => {
  const known = { ...patient, identifier: [{ system: 'urn:mrn', value: 'B-1' }] };
  const { body: eva } = await admin.post(`${root}/Patient`, known);
  const good = await admin.post(root, bundle('transaction', post(urn(), measured('Patient?identifier=urn:mrn|B-1'))), {
    prefer: 'return=representation',
  });
  assert.is(good.body.entry[0].resource.subject.reference, `Patient/${eva.id}`);
  const none = await admin.post(root, bundle('transaction', post(urn(), measured('Patient?identifier=urn:mrn|B-2'))));
  assert.is(none.status, 412);
  assert.match(none.body.issue[0].diagnostics, 'Patient?identifier=urn:mrn|B-2');
  assert.equal(none.body.issue[0].expression, ['Bundle.entry[0].resource.subject.reference']);
  await admin.post(`${root}/Patient`, known);
  const several = await admin.post(
    root,
    bundle('transaction', post(urn(), measured('Patient?identifier=urn:mrn|B-1'))),
  );
  assert.is(several.status, 412);
});

test('ifNoneExist takes what is there, and references follow it', async ({ admin }) => {
  const known = { ...patient, identifier: [{ system: 'urn:mrn', value: 'C-1' }] };
  const { body: eva } = await admin.post(`${root}/Patient`, known);
  const fullUrl = urn();
  const entries = bundle(
    'transaction',
    post(urn(), measured(fullUrl)),
    post(fullUrl, known, { ifNoneExist: 'identifier=urn:mrn|C-1' }),
  );
  const { body } = await admin.post(root, entries, { prefer: 'return=representation' });
  assert.equal(
    body.entry.map((each: { response: { status: string } }) => each.response.status),
    ['201', '200'],
  );
  assert.is(body.entry[0].resource.subject.reference, `Patient/${eva.id}`);
  const twice = await admin.post(
    root,
    bundle('transaction', post(fullUrl, known, { ifNoneExist: 'identifier=urn:mrn|C-2' })),
  );
  assert.is(twice.body.entry[0].response.status, '201');
});

test('updates, deletes and reads in one transaction, in the order that R4 gives them', async ({ admin }) => {
  const { body: eva } = await admin.post(`${root}/Patient`, patient);
  const { body: gone } = await admin.post(`${root}/Patient`, patient);
  const change = (ifMatch: string) =>
    bundle(
      'transaction',
      { request: { method: 'GET', url: `Patient/${eva.id}` } },
      {
        resource: { ...eva, name: [{ family: 'Changed' }] },
        request: { method: 'PUT', url: `Patient/${eva.id}`, ifMatch },
      },
      { request: { method: 'DELETE', url: `Patient/${gone.id}` } },
    );
  assert.is((await admin.post(root, change('W/"7"'))).status, 412);
  assert.is((await admin.get(`${root}/Patient/${gone.id}`)).status, 200, 'nothing of it happened');
  const { body } = await admin.post(root, change('W/"1"'));
  assert.equal(
    body.entry.map((each: { response: { status: string } }) => each.response.status),
    ['200', '200', '204'],
  );
  assert.is(body.entry[0].resource.name[0].family, 'Changed');
  assert.is((await admin.get(`${root}/Patient/${gone.id}`)).status, 410);
  const put = { resource: eva, request: { method: 'PUT', url: `Patient/${eva.id}` } };
  assert.is((await admin.post(root, bundle('transaction', put, put))).status, 400);
});

const Noted = z.object({
  action: z.string(),
  subtype: z.string().nullable(),
  object: z.string(),
  patientIds: z.array(z.string()),
  outcome: z.int(),
});
/** What the newest request left in the audit. */
const noted = ({ db }: TestHms) =>
  db.any(sql.type(Noted)`
    select action, subtype, object, patient_ids, outcome from core.audit
    where request_id = (select request_id from core.audit order by id desc limit 1)
    order by object, action
  `);

test('each interaction in a bundle leaves its own entry in the audit, with its own patient', async ({ hms, admin }) => {
  const { body: eva } = await admin.post(`${root}/Patient`, patient);
  const { body: ida } = await admin.post(`${root}/Patient`, patient);
  const { body: gone } = await admin.post(`${root}/Patient`, patient);
  const { body } = await admin.post(
    root,
    bundle(
      'transaction',
      post(urn(), measured(`Patient/${eva.id}`)),
      { resource: ida, request: { method: 'PUT', url: `Patient/${ida.id}` } },
      { request: { method: 'DELETE', url: `Patient/${gone.id}` } },
      { request: { method: 'GET', url: `Patient/${eva.id}` } },
      { request: { method: 'GET', url: `Patient?_id=${ida.id}` } },
    ),
  );
  const [, observation] = /(Observation\/[^/]+)/.exec(body.entry[0].response.location)!;
  const one = (action: string, object: string, patientId: string, subtype: string | null = null) => ({
    action,
    subtype,
    object,
    patientIds: [patientId],
    outcome: 0,
  });
  const byObject = (a: { object: string }, b: { object: string }) => (a.object < b.object ? -1 : 1);
  assert.equal(
    [...(await noted(hms))].sort(byObject),
    [
      one('C', observation!, eva.id),
      one('E', 'Patient', ida.id, 'listed'),
      one('U', `Patient/${ida.id}`, ida.id),
      one('D', `Patient/${gone.id}`, gone.id),
      one('R', `Patient/${eva.id}`, eva.id, 'opened'),
    ].sort(byObject),
  );

  await admin.post(
    root,
    bundle('batch', { request: { method: 'GET', url: `Patient/${eva.id}` } }, {
      request: { method: 'GET', url: `Patient/${eva.id.replace(/^.{8}/, '00000000')}` },
    } as never),
  );
  const batch = await noted(hms);
  assert.equal(batch.map(({ outcome }) => outcome).sort(), [0, 4]);
  assert.is(batch.find(({ outcome }) => outcome === 4)!.object, `Patient/${eva.id.replace(/^.{8}/, '00000000')}`);
});

test('a transaction that cannot be written down does not happen', async ({ hms, admin }) => {
  const before = await count(hms);
  // The entry of its second patient alone cannot be kept: the first goes with it.
  await hms.db.query(
    sql.unsafe`alter table core.audit add constraint one_too_many check (action <> 'C' or object not like 'Observation/%') not valid`,
  );
  try {
    const eva = urn();
    const { status } = await admin.post(root, bundle('transaction', post(eva, patient), post(urn(), measured(eva))));
    assert.is(status, 503);
  } finally {
    await hms.db.query(sql.unsafe`alter table core.audit drop constraint one_too_many`);
  }
  assert.is(await count(hms), before);
});

test('more interactions than one statement holds are written down all the same', async ({ hms, admin }) => {
  const { status } = await admin.post(
    root,
    bundle('transaction', ...Array.from({ length: 5100 }, () => post(urn(), patient))),
  );
  assert.is(status, 200);
  assert.is((await noted(hms)).length, 5100);
});

test('what is no bundle to be processed', async ({ admin }) => {
  for (const body of [{ resourceType: 'Bundle', type: 'searchset' }, patient, bundle('batch', { resource: patient })])
    assert.is((await admin.post(root, body)).status, 400);
  const elsewhere = await admin.post(
    root,
    bundle(
      'batch',
      { request: { method: 'GET', url: 'https://elsewhere.example/fhir/Patient/1' } },
      { request: { method: 'PATCH', url: 'Patient/1' } },
    ),
  );
  assert.equal(
    elsewhere.body.entry.map((each: { response: { status: string } }) => each.response.status),
    ['400', '400'],
  );
  const empty = await admin.post(root, { resourceType: 'Bundle', type: 'transaction' });
  assert.equal([empty.status, empty.body], [200, { resourceType: 'Bundle', type: 'transaction-response' }]);
});

test('only who imports may bring ids along, and history from elsewhere says so', async ({ hms, admin }) => {
  const id = randomUUID();
  const entries = bundle('transaction', post(`urn:uuid:${id}`, patient));
  const own = await admin.post(root, entries);
  assert.not.match(own.body.entry[0].response.location, id);
  const imported = await admin.post(root, entries, { 'openward-origin': 'import' });
  assert.match(imported.body.entry[0].response.location, `Patient/${id}/`);
  const again = await admin.post(root, entries, { 'openward-origin': 'import' });
  assert.is(again.status, 200);
  assert.not.match(again.body.entry[0].response.location, id);
  const put = await admin.put(`${root}/Patient/${randomUUID()}`, patient, { 'openward-origin': 'import' });
  assert.is(put.status, 201);
  const nurse = await hms.as('nurse');
  assert.is((await nurse.post(root, entries, { 'openward-origin': 'import' })).status, 403);
  const origins = await hms.db.any(
    sql.type(
      z.object({ subjectId: z.string(), origin: z.string() }),
    )`select subject_id, origin from core.outbox where subject_id = ${id}`,
  );
  assert.equal(origins, [{ subjectId: id, origin: 'import' }]);
});

test.run();
