import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { readRows } from '../../fhir/rows.ts';
import { typesOf } from '../../fhir/types.ts';
import { startHms, type Answer, type Client, type TestHms } from '../hms.ts';

const thing = join(import.meta.dirname, 'thing');
const test = suite<{ hms: TestHms; admin: Client }>('fhir: one resource');
test.before(async (at) => {
  at.hms = await startHms(['auth', thing], { now: '2026-03-01T08:00:00Z' });
  at.admin = await at.hms.as('admin');
});
test.after((at) => at.hms?.stop());

const root = '/fhir/R4';
const eva = { resourceType: 'Patient', name: [{ family: 'Muster', given: ['Eva'] }], birthDate: '1970-05-04' };
const flag = { resourceType: 'Flag', status: 'active', code: { text: 'falls' }, subject: { display: 'Eva' } };

/** An error says so in FHIR's own words, whatever was wrong. */
const refused = (answer: Answer, status: number, code: string, expression?: string) => {
  assert.is(answer.status, status, JSON.stringify(answer.body));
  assert.is(answer.headers.get('content-type'), 'application/fhir+json; charset=utf-8');
  assert.is(answer.body.resourceType, 'OperationOutcome');
  assert.is(answer.body.issue[0].code, code);
  assert.ok(answer.body.issue[0].diagnostics.length > 10);
  if (expression) assert.equal(answer.body.issue[0].expression, [expression]);
};

test('a created resource is read back with its version, times and place', async ({ hms, admin }) => {
  const made = await admin.post(`${root}/Patient`, eva);
  assert.is(made.status, 201);
  assert.is(made.headers.get('etag'), 'W/"1"');
  assert.is(made.headers.get('location'), `${hms.hms.config.origin}${root}/Patient/${made.body.id}/_history/1`);
  assert.is(made.headers.get('last-modified'), 'Sun, 01 Mar 2026 08:00:00 GMT');
  const read = await admin.get(`${root}/Patient/${made.body.id}`);
  assert.equal(read.body, made.body);
  assert.is(read.body.meta.lastUpdated, '2026-03-01T08:00:00Z');
  assert.is(read.headers.get('content-type'), 'application/fhir+json; charset=utf-8');
  assert.is(read.headers.get('cache-control'), 'no-store');
  assert.is((await admin.get(`${root}/Patient/${made.body.id}`, { 'if-none-match': 'W/"1"' })).status, 304);
});

test('an update makes a version; If-Match must name the current one when it is sent', async ({ admin }) => {
  const { body } = await admin.post(`${root}/Patient`, eva);
  const put = (family: string, headers = {}) =>
    admin.put(`${root}/Patient/${body.id}`, { ...body, name: [{ family }] }, headers);
  const second = await put('Second', { 'if-match': 'W/"1"' });
  assert.is(second.status, 200);
  assert.is(second.headers.get('etag'), 'W/"2"');
  refused(await put('Third', { 'if-match': 'W/"1"' }), 412, 'conflict');
  refused(await put('Third', { 'if-match': '*' }), 400, 'invalid');
  assert.is((await put('Third')).body.meta.versionId, '3');
  const history = await admin.get(`${root}/Patient/${body.id}/_history`);
  assert.equal(
    history.body.entry.map((each: { resource: { name: { family: string }[] } }) => each.resource.name[0]?.family),
    ['Third', 'Second', 'Muster'],
  );
  assert.equal(
    history.body.entry.map((each: { request: { method: string } }) => each.request.method),
    ['PUT', 'PUT', 'POST'],
  );
  assert.is((await admin.get(`${root}/Patient/${body.id}/_history/2`)).body.name[0].family, 'Second');
  refused(await admin.get(`${root}/Patient/${body.id}/_history/9`), 404, 'not-found');
});

test('writing the same again is no new version', async ({ admin }) => {
  const { body } = await admin.post(`${root}/Flag`, flag);
  const again = await admin.put(`${root}/Flag/${body.id}`, flag);
  assert.is(again.status, 200);
  assert.is(again.headers.get('etag'), 'W/"1"');
});

test('an old version shows the children that it had', async ({ admin }) => {
  const patient = await admin.post(`${root}/Patient`, eva);
  const component = (value: number) => [
    { code: { coding: [{ system: 'http://loinc.org', code: '8480-6' }] }, valueQuantity: { value } },
  ];
  const pressure = {
    resourceType: 'Observation',
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '85354-9' }] },
    subject: { reference: `Patient/${patient.body.id}` },
    component: component(120),
  };
  const { body } = await admin.post(`${root}/Observation`, pressure);
  const later = await admin.put(`${root}/Observation/${body.id}`, { ...body, component: component(140) });
  assert.is(later.body.meta.versionId, '2');
  assert.is((await admin.get(`${root}/Observation/${body.id}/_history/1`)).body.component[0].valueQuantity.value, 120);
  assert.is((await admin.get(`${root}/Observation/${body.id}`)).body.component[0].valueQuantity.value, 140);
});

test('what is deleted answers 410 and stays in its history; what never was, 404', async ({ admin }) => {
  const { body } = await admin.post(`${root}/Patient`, eva);
  assert.is((await admin.del(`${root}/Patient/${body.id}`)).status, 204);
  refused(await admin.get(`${root}/Patient/${body.id}`), 410, 'deleted');
  refused(await admin.put(`${root}/Patient/${body.id}`, body), 410, 'deleted');
  assert.is((await admin.del(`${root}/Patient/${body.id}`)).status, 204, 'once more changes nothing');
  const history = await admin.get(`${root}/Patient/${body.id}/_history`);
  assert.equal(
    history.body.entry.map((each: { request: { method: string } }) => each.request.method),
    ['DELETE', 'POST'],
  );
  assert.is((await admin.get(`${root}/Patient/${body.id}/_history/1`)).body.name[0].family, 'Muster');
  refused(await admin.get(`${root}/Patient/${randomUUID()}`), 404, 'not-found');
  refused(await admin.get(`${root}/Patient/none-such`), 404, 'not-found');
  refused(await admin.put(`${root}/Patient/${randomUUID()}`, eva), 404, 'not-found');
});

test('a type that is never deleted says what to do instead', async ({ admin }) => {
  const answer = await admin.del(`${root}/Observation/${randomUUID()}`);
  refused(answer, 405, 'not-supported');
  assert.match(answer.body.issue[0].diagnostics, 'entered-in-error');
  refused(
    await admin
      .fetch(`${root}/Patient/${randomUUID()}`, {
        method: 'PATCH',
        body: '{}',
        headers: { 'content-type': 'application/json' },
      })
      .then(asAnswer),
    405,
    'not-supported',
  );
});

test('history of a type, newest first and by pages', async ({ hms, admin }) => {
  await hms.setClock('2026-03-02T08:00:00Z');
  const { body } = await admin.post(`${root}/Basic`, { resourceType: 'Basic', code: { text: '1' } });
  await hms.setClock('2026-03-03T08:00:00Z');
  await admin.put(`${root}/Basic/${body.id}`, { ...body, code: { text: '2' } });
  await hms.setClock('2026-03-04T08:00:00Z');
  await admin.del(`${root}/Basic/${body.id}`);
  const first = await admin.get(`${root}/Basic/_history?_count=2`);
  assert.equal(
    first.body.entry.map((each: { request: { method: string } }) => each.request.method),
    ['DELETE', 'PUT'],
  );
  const next = first.body.link.find((each: { relation: string }) => each.relation === 'next').url;
  const second = await admin.get(new URL(next).pathname + new URL(next).search);
  assert.equal(
    second.body.entry.map((each: { resource: { code: { text: string } } }) => each.resource.code.text),
    ['1'],
  );
  const since = await admin.get(`${root}/Basic/_history?_since=2026-03-03T12:00:00Z`);
  assert.is(since.body.entry.length, 1);
});

test('malformed resources are refused with the path of each fault', async ({ admin }) => {
  const post = (body: unknown) => admin.post(`${root}/Patient`, body);
  const faults = await post({
    resourceType: 'Patient',
    nickname: 'E',
    name: { family: 'M' },
    birthDate: '1970-02-30',
    gender: 'f',
    contact: [{ name: { given: [''] } }],
  });
  assert.equal(
    faults.body.issue.map(({ code, expression }: { code: string; expression: string[] }) => [code, expression[0]]),
    [
      ['structure', 'Patient.nickname'],
      ['structure', 'Patient.name'],
      ['value', 'Patient.birthDate'],
      ['code-invalid', 'Patient.gender'],
      ['value', 'Patient.contact[0].name.given[0]'],
    ],
  );
  refused(
    await admin.post(`${root}/Observation`, { resourceType: 'Observation', code: { text: 'x' } }),
    400,
    'required',
    'Observation.status',
  );
  refused(
    await post({ resourceType: 'Patient', deceasedBoolean: true, deceasedDateTime: '2020' }),
    400,
    'structure',
    'Patient.deceased[x]',
  );
  refused(await post({ resourceType: 'Patient', __proto__: undefined, link: [] }), 400, 'structure', 'Patient.link');
  refused(await post('{"resourceType":"Patient","__proto__":{"active":true}}'), 400, 'structure', 'Patient.__proto__');
  refused(
    await post('{"resourceType":"Patient","name":[{"family":"a\\u0000b"}]}'),
    400,
    'value',
    'Patient.name[0].family',
  );
  refused(await post({ resourceType: 'Flag' }), 400, 'required');
  refused(await post(flag), 400, 'invalid', 'Patient.resourceType');
  refused(await post('{"resourceType":'), 400, 'invalid');
  refused(await post({ hello: 1 }), 400, 'structure', 'Resource.resourceType');
  refused(await admin.put(`${root}/Patient/${randomUUID()}`, { ...eva, id: 'another' }), 400, 'invalid', 'Patient.id');
});

test('what is nested too deep, too large or of another kind', async ({ admin }) => {
  let extension: object = { url: 'http://e', valueString: 'x' };
  for (let depth = 0; depth < 40; depth++) extension = { url: 'http://e', extension: [extension] };
  refused(await admin.post(`${root}/Patient`, { ...eva, extension: [extension] }), 400, 'invalid');
  refused(await admin.post(`${root}/Patient`, `${'['.repeat(200_000)}${']'.repeat(200_000)}`), 400, 'invalid');
  refused(await admin.post(`${root}/Patient`, { ...eva, implicitRules: 'x'.repeat(4_300_000) }), 413, 'too-long');
  refused(
    await admin.post(`${root}/Patient`, '<Patient/>', { 'content-type': 'application/fhir+xml' }),
    415,
    'not-supported',
  );
  refused(
    await admin.fetch(`${root}/Patient`, { method: 'POST', body: new Uint8Array([123, 125]) }).then(asAnswer),
    415,
    'not-supported',
  );
  refused(await admin.get(`${root}/Patient?_format=xml`), 406, 'not-supported');
  assert.is((await admin.post(`${root}/Patient`, eva, { 'content-type': 'application/fhir+json' })).status, 201);
});

test('who may do what is asked for each type', async ({ hms }) => {
  refused(await hms.anonymous.get(`${root}/Patient`), 401, 'login');
  const nurse = await hms.as('nurse');
  assert.is((await nurse.get(`${root}/Patient`)).status, 200);
  const write = await nurse.post(`${root}/Patient`, eva);
  refused(write, 403, 'forbidden');
  assert.match(write.body.issue[0].diagnostics, 'thing:write');
  refused(await nurse.get(`${root}/Flag`), 403, 'forbidden');
  const batch = await nurse.post(root, {
    resourceType: 'Bundle',
    type: 'batch',
    entry: [{ request: { method: 'GET', url: 'Flag' } }],
  });
  assert.is(batch.body.entry[0].response.status, '403');
  refused(await nurse.get(`${root}/Nothing`), 404, 'not-found');
  refused(await nurse.get(`${root}/Parameters`), 404, 'not-found');
  refused(await nurse.get(`${root}/Patient/a/b/c/d`), 404, 'not-found');
});

test('a rule of the database is a refusal here, too, and so is an unknown patient', async ({ admin }) => {
  refused(await admin.post(`${root}/Patient`, { ...eva, name: [{ family: 'Taboo' }] }), 422, 'business-rule');
  const observation = {
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'x' },
    subject: { reference: `Patient/${randomUUID()}` },
  };
  refused(await admin.post(`${root}/Observation`, observation), 422, 'business-rule', 'Observation.subject');
  refused(
    await admin.post(`${root}/Flag`, { ...flag, subject: observation.subject }),
    422,
    'business-rule',
    'Flag.subject',
  );
  assert.is((await admin.post(`${root}/Flag`, { ...flag, subject: { reference: 'Patient/elsewhere' } })).status, 201);
});

test('If-None-Exist makes it once, however often and at once it is asked', async ({ admin }) => {
  const body = { ...eva, identifier: [{ system: 'urn:mrn', value: 'A-1' }] };
  const ask = () => admin.post(`${root}/Patient`, body, { 'if-none-exist': 'identifier=urn:mrn|A-1' });
  const answers = await Promise.all([ask(), ask(), ask(), ask()]);
  assert.equal(answers.map(({ status }) => status).sort(), [200, 200, 200, 201]);
  assert.is(new Set(answers.map((answer) => answer.body.id)).size, 1);
  await admin.post(`${root}/Patient`, body);
  refused(await ask(), 412, 'conflict');
  refused(await admin.post(`${root}/Patient`, body, { 'if-none-exist': 'shoe-size=43' }), 400, 'invalid');
});

test('an update where a condition holds makes one, however often and at once it is asked', async ({ admin }) => {
  const known = { ...eva, identifier: [{ system: 'urn:mrn', value: 'put-once' }] };
  const path = `${root}/Patient?identifier=urn:mrn|put-once`;
  const answers = await Promise.all(Array.from({ length: 8 }, () => admin.put(path, known)));
  assert.equal(answers.map(({ status }) => status).sort(), [200, 200, 200, 200, 200, 200, 200, 201]);
  assert.is(new Set(answers.map(({ body }) => body.id)).size, 1);
});

test('a delete where a condition holds: one, none, never several', async ({ admin }) => {
  const named = (value: string) => ({ ...flag, identifier: [{ system: 'urn:flag', value }] });
  const path = (value: string) => `${root}/Flag?identifier=urn:flag|${value}`;
  const { body } = await admin.post(`${root}/Flag`, named('single'));
  await admin.post(`${root}/Flag`, named('twin'));
  await admin.post(`${root}/Flag`, named('twin'));
  assert.is((await admin.del(path('twin'))).status, 412);
  assert.is((await admin.del(path('single'))).status, 204);
  assert.is((await admin.get(`${root}/Flag/${body.id}`)).status, 410);
  assert.is((await admin.del(path('single'))).status, 204);
  assert.is((await admin.del(`${root}/Flag`)).status, 400);
});

test('the same Idempotency-Key gets the same answer', async ({ admin }) => {
  const key = { 'idempotency-key': randomUUID() };
  const first = await admin.post(`${root}/Patient`, eva, key);
  const again = await admin.post(`${root}/Patient`, eva, key);
  assert.is(again.status, 201);
  assert.is(again.body.id, first.body.id);
  refused(await admin.post(`${root}/Patient`, { ...eva, active: false }, key), 422, 'business-rule');
});

test('Prefer says how much comes back', async ({ admin }) => {
  const minimal = await admin.post(`${root}/Patient`, eva, { prefer: 'return=minimal' });
  assert.is(minimal.status, 201);
  assert.is(minimal.body, '');
  assert.ok(minimal.headers.get('location'));
});

test('every interaction is one entry in the audit, with whom it showed', async ({ hms, admin }) => {
  const entries = () =>
    hms.db.any(sql.type(
      z.object({
        action: z.string(),
        object: z.string().nullable(),
        patientIds: z.array(z.string()),
        route: z.string(),
      }),
    )`
      select action, object, patient_ids, route from core.audit order by id desc limit 1`);
  const { body } = await admin.post(`${root}/Patient`, eva);
  assert.equal(await entries(), [
    { action: 'C', object: `Patient/${body.id}`, patientIds: [body.id], route: 'post /fhir/R4/{type}' },
  ]);
  await admin.get(`${root}/Patient/${body.id}`);
  assert.equal(await entries(), [
    { action: 'R', object: `Patient/${body.id}`, patientIds: [body.id], route: 'get /fhir/R4/{type}/{id}' },
  ]);
  await admin.fetch(`${root}/Patient/_search`, {
    method: 'POST',
    body: `_id=${body.id}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  assert.equal(await entries(), [
    { action: 'E', object: 'Patient', patientIds: [body.id], route: 'post /fhir/R4/{type}/_search' },
  ]);
});

test('another site’s patient is not there: not to be read, found, written to or told apart', async ({ hms, admin }) => {
  const { body } = await admin.post(`${root}/Patient`, {
    ...eva,
    identifier: [{ system: 'urn:mrn', value: 'secret' }],
  });
  const measured = {
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'x' },
    subject: { reference: `Patient/${body.id}` },
  };
  const observation = await admin.post(`${root}/Observation`, measured);
  const kept = await admin.post(`${root}/Flag`, { ...flag, subject: measured.subject });
  await hms.db.query(sql.unsafe`insert into core.subject_label (subject_id, label) values (${body.id}, 'VIP')`);
  for (const path of [
    `Patient/${body.id}`,
    `Patient/${body.id}/_history`,
    `Patient/${body.id}/_history/1`,
    `Observation/${observation.body.id}`,
    `Flag/${kept.body.id}`,
  ])
    refused(await admin.get(`${root}/${path}`), 404, 'not-found');
  assert.is((await admin.get(`${root}/Patient?identifier=urn:mrn|secret&_total=accurate`)).body.total, 0);
  refused(await admin.put(`${root}/Patient/${body.id}`, body), 404, 'not-found');
  refused(await admin.post(`${root}/Observation`, measured), 422, 'business-rule', 'Observation.subject');
  refused(
    await admin.post(`${root}/Flag`, { ...flag, subject: measured.subject }),
    422,
    'business-rule',
    'Flag.subject',
  );
  const history = await admin.get(`${root}/Patient/_history?_count=100`);
  assert.is(history.body.entry.filter((each: { fullUrl: string }) => each.fullUrl.endsWith(body.id)).length, 0);
  const included = await admin.get(`${root}/Observation?_include=Observation:patient`);
  assert.not.ok(JSON.stringify(included.body).includes(body.id));
});

test('the database away is 503, and says when to come back', async ({ hms, admin }) => {
  const { app } = hms.hms.pools;
  const real = app.connect;
  Object.assign(app, {
    connect: () => Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })),
  });
  const answers = await Promise.all([admin.get(`${root}/Patient`), admin.post(`${root}/Patient`, eva)]).finally(() =>
    Object.assign(app, { connect: real }),
  );
  for (const away of answers) {
    refused(away, 503, 'transient');
    assert.ok(away.headers.get('retry-after'));
  }
});

test('a patient sees their own record and nothing else', async ({ hms, admin }) => {
  const mine = (await admin.post(`${root}/Patient`, eva)).body.id as string;
  const other = (await admin.post(`${root}/Patient`, eva)).body.id as string;
  const flagOf = async (id: string) =>
    (await admin.post(`${root}/Flag`, { ...flag, subject: { reference: `Patient/${id}` } })).body.id as string;
  const [own, foreign] = [await flagOf(mine), await flagOf(other)];
  const actor = {
    kind: 'patient' as const,
    id: randomUUID(),
    displayName: '',
    permissions: new Set(['thing:read', 'other-resource:read']),
    patientId: mine,
  };
  const db = hms.hms.db(actor);
  const types = typesOf(hms.hms.plugins);
  const ids = await db.transaction(async (tx) => {
    const seen = [];
    for (const [type, id] of [
      ['Patient', mine],
      ['Patient', other],
      ['Flag', own],
      ['Flag', foreign],
    ] as const)
      seen.push((await readRows(tx, types.get(type), [id])).length);
    return seen;
  });
  assert.equal(ids, [1, 0, 1, 0]);
});

test('the CapabilityStatement is what the plugins add up to', async ({ hms }) => {
  const { body } = await hms.anonymous.get(`${root}/metadata`);
  assert.is(body.fhirVersion, '4.0.1');
  const types = new Map(body.rest[0].resource.map((each: { type: string }) => [each.type, each]));
  const patient = types.get('Patient') as {
    searchParam: { name: string; definition?: string }[];
    interaction: { code: string }[];
  };
  assert.ok(
    patient.searchParam.some(
      ({ name, definition }) =>
        name === 'birthdate' && definition === 'http://hl7.org/fhir/SearchParameter/individual-birthdate',
    ),
  );
  assert.ok(patient.interaction.some(({ code }) => code === 'delete'));
  const observation = types.get('Observation') as typeof patient;
  assert.not.ok(observation.interaction.some(({ code }) => code === 'delete'));
  assert.ok(types.has('Questionnaire'));
});

const asAnswer = async (response: Response): Promise<Answer> => ({
  status: response.status,
  body: JSON.parse((await response.text()) || 'null'),
  headers: response.headers,
});

test.run();
