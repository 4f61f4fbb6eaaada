import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { service } from '../../core/actor.ts';
import { causeOf, isConnectionGone, sql } from '../../core/database.ts';
import { root } from '../../core/loader.ts';
import { mayNote } from '../../core/unknown-callers.ts';
import { password, startHms, type TestHms } from '../hms.ts';

const box = fileURLToPath(new URL('box', import.meta.url));
const test = suite<{ hms: TestHms }>('core: requests');
test.before(async (at) => {
  at.hms = await startHms(['auth', box]);
});
test.after((at) => at.hms?.stop());

const key = () => ({ 'idempotency-key': randomUUID() });
const count = (hms: TestHms, table: string) =>
  hms.db.oneFirst(
    sql.type(z.object({ n: z.int() }))`select count(*)::int as n from ${sql.identifier(table.split('.'))}`,
  );

test('without a token 401, without the permission 403 that names it', async ({ hms }) => {
  assert.is((await hms.anonymous.post('/api/boxes', { label: 'x' })).status, 401);
  const doctor = await hms.as('doctor');
  const refused = await doctor.post('/api/boxes', { label: 'x' }, key());
  assert.is(refused.status, 403);
  assert.is(refused.body.permission, 'box:write');
  assert.match(refused.body.detail, 'box:write');
  assert.is(refused.headers.get('content-type'), 'application/problem+json');
});

test('a forged, foreign or expired token is nobody', async ({ hms }) => {
  const nurse = await hms.as('nurse');
  const [head, body, signature] = nurse.token.split('.');
  const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
  for (const token of [
    `${head}.${body}.${signature?.slice(0, -2)}xx`,
    `${none}.${body}.`,
    'nonsense',
    `${head}.${body}`,
  ])
    assert.is((await hms.anonymous.get('/api/platform', { authorization: `Bearer ${token}` })).status, 401, token);
});

test('a token that is not taken leaves a row without the token, a flood no more than ten', async ({ hms }) => {
  const Row = z.object({
    outcome: z.int(),
    detail: z.string(),
    source: z.string(),
    requestId: z.string(),
    object: z.string().nullable(),
  });
  const rows = () =>
    hms.db.any(sql.type(Row)`
      select outcome, detail, host(source) as source, request_id, object from core.audit
      where route = 'get /api/platform' and outcome = 4 order by id
    `);
  await hms.anonymous.get('/api/platform');
  const before = (await rows()).length;
  assert.ok(before > 0, 'the forged tokens above left theirs');
  const answers = await Promise.all(
    Array.from({ length: 15 }, () => hms.anonymous.get('/api/platform', { authorization: 'Bearer stolen' })),
  );
  const all = await rows();
  assert.ok(all.length > before || before >= 10);
  assert.ok(all.length <= 20, 'ten a minute; the minute may have changed once');
  assert.equal([all[0]!.detail, all[0]!.source, all[0]!.object], ['/problems/not-signed-in', '127.0.0.1', null]);
  const ids = new Set(answers.map(({ body }) => body.requestId as string));
  assert.ok(all.some(({ requestId }) => ids.has(requestId)));
  assert.not.match(JSON.stringify(all), /stolen/);
});

test('the minute and the number of addresses are bounded', () => {
  const minute = Date.UTC(2026, 0, 1);
  const taken = (address: string, at = minute) =>
    Array.from({ length: 12 }, () => mayNote(address, at)).filter(Boolean).length;
  assert.equal([taken('a'), taken('b'), taken('a'), taken('a', minute + 60_000)], [10, 10, 0, 10]);
  const others = Array.from({ length: 200 }, (_, index) => mayNote(`other ${index}`, minute + 60_000));
  assert.is(others.filter(Boolean).length, 99);
});

test('the answer to a problem follows the language', async ({ hms }) => {
  const spanish = await hms.anonymous.get('/api/platform', { 'accept-language': 'fr, es;q=0.8, en;q=0.5' });
  assert.is(spanish.body.detail, 'Inicie sesión, por favor.');
  assert.is(spanish.body.type, '/problems/not-signed-in');
});

test('a body that cannot be read, is too large, too deep or of another type', async ({ hms }) => {
  const nurse = await hms.as('nurse');
  assert.is((await nurse.post('/api/boxes', '{"label":', key())).status, 400);
  assert.is((await nurse.post('/api/boxes', { label: 'x'.repeat(1_100_000) }, key())).status, 413);
  const deep = JSON.parse('['.repeat(40) + ']'.repeat(40)) as unknown;
  const tooDeep = await nurse.post('/api/boxes', { label: 'deep', deep }, key());
  assert.is(tooDeep.status, 400);
  assert.is(tooDeep.body.type, '/problems/nested-too-deep');
  assert.is(
    (await nurse.post('/api/boxes', 'label=x', { ...key(), 'content-type': 'application/x-www-form-urlencoded' }))
      .status,
    415,
  );
  assert.is(
    (await nurse.fetch('/api/boxes', { method: 'POST', body: new Uint8Array([123, 125]), headers: key() })).status,
    415,
  );
  assert.is((await nurse.post('/api/boxes', '{"label":"a","__proto__":{"x":1}}', key())).status, 400);
  const unknown = await nurse.post('/api/boxes', { weight: 'heavy', extra: 1 }, key());
  assert.is(unknown.status, 400);
  assert.equal(unknown.body.errors.map((each: { path: string }) => each.path).sort(), ['extra', 'label', 'weight']);
  assert.is(await count(hms, 'box.box'), 0);
});

test('unknown paths are 404 under /api whatever the method', async ({ hms }) => {
  const nurse = await hms.as('nurse');
  for (const answer of [
    await nurse.get('/api/nothing'),
    await nurse.post('/api/nothing'),
    await nurse.get(`/api/boxes/${randomUUID()}`),
  ]) {
    assert.is(answer.status, 404);
    assert.is(answer.body.type, '/problems/not-found');
  }
});

test('versions: 428 without, 400 unreadable, 412 stale, and the old state stays in the history', async ({ hms }) => {
  const nurse = await hms.as('nurse');
  const made = await nurse.post('/api/boxes', { label: 'first', weight: 3 }, key());
  assert.is(made.status, 201);
  assert.is(made.headers.get('etag'), 'W/"1"');
  const path = `/api/boxes/${made.body.id}`;
  const change = { label: 'second', weight: 4 };
  assert.is((await nurse.put(path, change)).status, 428);
  assert.is((await nurse.put(path, { weight: 'heavy' })).status, 428, 'before the body is looked at');
  assert.is((await nurse.put(path, { weight: 'heavy' }, { 'if-match': 'W/"9"' })).status, 400, 'before 404 and 412');
  assert.is((await hms.anonymous.put(path, change)).status, 401);
  assert.is((await (await hms.as('doctor')).put(path, change)).status, 403);
  assert.is((await nurse.put(path, change, { 'if-match': '*' })).status, 400);
  assert.is((await nurse.put(`/api/boxes/${randomUUID()}`, change, { 'if-match': 'W/"1"' })).status, 404);
  const changed = await nurse.put(path, change, { 'if-match': '"1"' });
  assert.is(changed.headers.get('etag'), 'W/"2"');
  assert.is((await nurse.put(path, change, { 'if-match': 'W/"1"' })).status, 412);
  const History = z.object({
    version: z.int(),
    document: z.object({ label: z.string(), weight: z.int(), item: z.array(z.unknown()) }),
    replacedBy: z.uuid(),
  });
  const history = await hms.db.any(
    sql.type(
      History,
    )`select version, document, replaced_by from core.history where relation = 'box.box' and id = ${made.body.id}`,
  );
  assert.equal(
    history.map((row) => [row.version, row.document.label, row.document.weight]),
    [[1, 'first', 3]],
  );
});

test('a change of a child counts as a change of its parent, once per transaction', async ({ hms }) => {
  const nurse = await hms.as('nurse');
  const { body } = await nurse.post('/api/boxes', { label: 'parent' }, key());
  await hms.db.query(sql.unsafe`insert into box.item (box_id, name) values (${body.id}, 'a'), (${body.id}, 'b')`);
  await hms.db.transaction(async (tx) => {
    await tx.query(sql.unsafe`update box.item set name = name || '!' where box_id = ${body.id}`);
    await tx.query(sql.unsafe`update box.box set weight = 9 where id = ${body.id}`);
    await tx.query(sql.unsafe`delete from box.item where box_id = ${body.id} and name = 'b!'`);
  });
  const now = await nurse.get(`/api/boxes/${body.id}`);
  assert.is(now.body.version, 3);
  const rows = await hms.db.any(sql.type(z.object({ version: z.int(), names: z.array(z.string()).nullable() }))`
    select version, (select array_agg(i ->> 'name' order by i ->> 'name') from jsonb_array_elements(document -> 'item') i) as names
    from core.history where relation = 'box.box' and id = ${body.id} order by version
  `);
  assert.equal(
    rows.map((row) => row.names),
    [null, ['a', 'b']],
  );
});

test('a constraint is a refusal by its name and keeps nothing', async ({ hms }) => {
  const nurse = await hms.as('nurse');
  const refused = await nurse.post('/api/boxes', { label: 'negative', weight: -1 }, key());
  assert.is(refused.status, 422);
  assert.is(refused.body.type, '/problems/box-not-below-zero');
  const before = await count(hms, 'core.outbox');
  assert.is((await nurse.post('/api/boxes', { label: 'refused' }, key())).status, 409);
  assert.is(await count(hms, 'core.outbox'), before);
});

test('a constraint that no plugin names is called by what is wrong, with the field, never by its table', async ({
  hms,
}) => {
  const nurse = await hms.as('nurse');
  const long = await nurse.post('/api/boxes', { label: 'l'.repeat(61) }, key());
  assert.equal([long.status, long.body.type], [422, '/problems/value-not-allowed']);
  const nowhere = await nurse.post('/api/boxes', { label: 'inside', inBox: randomUUID() }, key());
  assert.equal([nowhere.status, nowhere.body.type], [422, '/problems/reference-unknown']);
  const fields = [long, nowhere].map(({ body }) =>
    body.errors.map((it: { path: string; code: string }) => [it.path, it.code]),
  );
  assert.equal(fields, [[['label', 'value-not-allowed']], [['inBox', 'reference-unknown']]]);
  for (const { body } of [long, nowhere]) assert.not.match(JSON.stringify(body), /box_|box-|fkey|check/);
});

test('a fault of ours says its reference and nothing else', async ({ hms }) => {
  const nurse = await hms.as('nurse');
  const { body } = await nurse.post('/api/boxes', { label: 'faulty' }, key());
  await hms.db.query(sql.unsafe`alter table box.box rename column weight to weight_gone`);
  const answers = [
    await nurse.get(`/api/boxes/${body.id}`),
    await nurse.post('/api/boxes', { label: 'unlucky' }, key()),
  ];
  await hms.db.query(sql.unsafe`alter table box.box rename column weight_gone to weight`);
  for (const answer of answers) {
    assert.is(answer.status, 500);
    assert.equal(Object.keys(answer.body).sort(), ['detail', 'requestId', 'status', 'title', 'type']);
    const text = JSON.stringify({ ...answer.body, requestId: '' }) + JSON.stringify([...answer.headers]);
    assert.not.match(text, /box|weight|select|insert|column|42703|slonik|postgres|\.ts\b|node_modules/i);
    assert.not.ok(text.includes(root), 'where the program lies');
  }
  assert.is((await nurse.get(`/api/boxes/${body.id}`)).status, 200);
});

test('the same key gives the same answer, another body with it 422, none 400', async ({ hms }) => {
  const nurse = await hms.as('nurse');
  assert.is((await nurse.post('/api/boxes', { label: 'keyless' })).status, 400);
  const headers = key();
  const first = await nurse.post('/api/boxes', { label: 'once' }, headers);
  const again = await nurse.post('/api/boxes', { label: 'once' }, headers);
  assert.equal([again.status, again.body, again.headers.get('etag')], [201, first.body, 'W/"1"']);
  assert.is(again.headers.get('idempotency-replayed'), 'true');
  assert.is((await nurse.post('/api/boxes', { label: 'other' }, headers)).status, 422);
});

test('twenty at once with one key make one', async ({ hms }) => {
  const nurse = await hms.as('nurse');
  const headers = key();
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => nurse.post('/api/boxes', { label: 'stampede' }, headers)),
  );
  const made = answers.filter(({ status }) => status === 201);
  assert.ok(made.length >= 1);
  assert.is(new Set(made.map(({ body }) => body.id)).size, 1);
  assert.ok(answers.every(({ status }) => [201, 409].includes(status)));
  assert.is(
    await hms.db.oneFirst(
      sql.type(z.object({ n: z.int() }))`select count(*)::int as n from box.box where label = 'stampede'`,
    ),
    1,
  );
});

test('what is read and written leaves one audit row, and a refused permission one too', async ({ hms }) => {
  const nurse = await hms.as('nurse');
  const patientId = randomUUID();
  const { body } = await nurse.post('/api/boxes', { label: 'audited', patientId }, key());
  await nurse.get(`/api/boxes/${body.id}`);
  const Row = z.object({ action: z.string(), object: z.string(), patientIds: z.array(z.uuid()), outcome: z.int() });
  const rows = await hms.db.any(
    sql.type(
      Row,
    )`select action, object, patient_ids, outcome from core.audit where ${patientId} = any(patient_ids) order by at`,
  );
  assert.equal(
    rows.map((row) => [row.action, row.object, row.outcome]),
    [
      ['C', `boxes/${body.id}`, 0],
      ['R', `boxes/${body.id}`, 0],
    ],
  );
  const refusals = await hms.db.oneFirst(
    sql.type(
      z.object({ n: z.int() }),
    )`select count(*)::int as n from core.audit where outcome = 4 and detail = '/problems/permission-missing'`,
  );
  assert.ok(refusals >= 1);
});

test('what is hidden, not there, stale or not allowed leaves one, too, and says whose it was', async ({ hms }) => {
  const nurse = await hms.as('nurse');
  const { body } = await nurse.post('/api/boxes', { label: 'refusing' }, key());
  const gone = randomUUID();
  await nurse.get(`/api/boxes/${gone}`);
  await nurse.put(`/api/boxes/${body.id}`, { label: 'stale' }, { 'if-match': 'W/"9"' });
  await nurse.put(`/api/boxes/${body.id}`, { label: 'no version' });
  const Row = z.object({ object: z.string(), detail: z.string(), outcome: z.int(), known: z.boolean() });
  const rows = await hms.db.any(sql.type(Row)`
    select object, detail, outcome, actor_id is not null as known from core.audit
    where outcome <> 0 and object in (${`boxes/${gone}`}, ${`boxes/${body.id}`}) order by at
  `);
  assert.equal(rows, [
    { object: `boxes/${gone}`, detail: '/problems/not-found', outcome: 4, known: true },
    { object: `boxes/${body.id}`, detail: '/problems/version-stale', outcome: 4, known: true },
  ]);
});

test('what cannot be audited is not shown, not done and nobody is signed in', async ({ hms }) => {
  const nurse = await hms.as('nurse');
  const { body } = await nurse.post('/api/boxes', { label: 'unseen' }, key());
  await hms.db.query(sql.unsafe`revoke insert on core.audit from app`);
  const answers = [
    await nurse.get(`/api/boxes/${body.id}`),
    await nurse.post('/api/boxes', { label: 'unwritten' }, key()),
    await hms.anonymous.post('/api/auth/login', { username: 'nurse', password }),
  ];
  await hms.db.query(sql.unsafe`grant insert on core.audit to app`);
  for (const answer of answers) {
    assert.is(answer.status, 503);
    assert.is(answer.body.type, '/problems/audit-unavailable');
    assert.ok(Number(answer.headers.get('retry-after')) > 0);
    assert.not.match(JSON.stringify(answer.body), /unseen|unwritten|accessToken/);
  }
  assert.is((await nurse.get(`/api/boxes/${body.id}`)).status, 200);
  assert.is((await hms.db.any(sql.unsafe`select from box.box where label = 'unwritten'`)).length, 0);
});

test('the application cannot change or delete audit rows', async ({ hms }) => {
  const app = hms.hms.db();
  for (const statement of [
    sql.unsafe`update core.audit set outcome = 0`,
    sql.unsafe`delete from core.audit`,
    sql.unsafe`truncate core.audit`,
  ])
    await app.query(statement).then(
      () => assert.unreachable('changed'),
      (error: unknown) => assert.is(causeOf(error).code, '42501'),
    );
});

test('a labelled subject is hidden from those without clearance, break-glass shows it', async ({ hms }) => {
  const nurse = await hms.as('nurse');
  const patientId = randomUUID();
  const { body } = await nurse.post('/api/boxes', { label: 'hidden', patientId }, key());
  await hms.db.query(
    sql.unsafe`insert into core.subject_label (subject_id, label) values (${patientId}, 'restricted')`,
  );
  assert.is((await nurse.get(`/api/boxes/${body.id}`)).status, 404);
  await hms.db.query(sql.unsafe`
    insert into core.break_glass (user_id, subject_id, reason, until)
    select id, ${patientId}, 'unconscious in the corridor', clock_timestamp() + interval '1 hour' from auth."user" where username = 'nurse'
  `);
  assert.is((await nurse.get(`/api/boxes/${body.id}`)).status, 200);
});

test('the role patient sees its own rows and, without a context, none', async ({ hms }) => {
  const nurse = await hms.as('nurse');
  const patientId = randomUUID();
  await nurse.post('/api/boxes', { label: 'mine', patientId }, key());
  const own = hms.hms.db({ kind: 'patient', id: randomUUID(), displayName: '', permissions: new Set(), patientId });
  const labels = sql.type(z.object({ label: z.string() }))`select label from box.box order by label limit 10`;
  assert.equal(await own.transaction((tx) => tx.anyFirst(labels)), ['mine']);
  assert.equal(await own.anyFirst(labels), []);
});

test('the database away is 503 with Retry-After, and comes back by itself', async ({ hms }) => {
  const nurse = await hms.as('nurse');
  const app = hms.hms.pools.app;
  const real = app.connect;
  Object.assign(app, {
    connect: () => Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })),
  });
  const away = await nurse.get(`/api/boxes/${randomUUID()}`);
  Object.assign(app, { connect: real });
  assert.is(away.status, 503);
  assert.ok(away.headers.get('retry-after'));
  await hms.asAdmin(
    `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app' and datname = current_database()`,
  );
  await new Promise((resolve) => setTimeout(resolve, 300));
  const answers = await Promise.all(Array.from({ length: 5 }, () => nurse.get(`/api/boxes/${randomUUID()}`)));
  assert.ok(answers.every(({ status }) => status === 404 || status === 503));
  assert.is((await nurse.get(`/api/boxes/${randomUUID()}`)).status, 404);
});

test('a connection that died under one request is not given to the next', async ({ hms }) => {
  const db = hms.hms.db(service('patients'));
  const end = sql.unsafe`select pg_terminate_backend(pg_backend_pid())`;
  const five = sql.type(z.object({ n: z.int() }))`select 5 as n`;
  for (let at = 0; at < 20; at++) {
    const died = await (at % 2 === 0 ? db.query(end) : db.transaction((tx) => tx.query(end))).catch((e: unknown) => e);
    assert.ok(isConnectionGone(died), String(died));
    assert.is(await db.oneFirst(five), 5, `after ${at}`);
  }
});
test.run();
