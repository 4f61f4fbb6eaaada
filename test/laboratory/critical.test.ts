import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { service } from '../../core/actor.ts';
import { sql } from '../../core/database.ts';
import { invariants } from '../../plugins/laboratory/invariants.ts';
import { escalateCritical } from '../../plugins/laboratory/jobs.ts';
import { etag } from '../ehr/ward.ts';
import { clientOf, type Client } from '../hms.ts';
import { potassium, startBench, type Bench } from './bench.ts';

const test = suite<{ bench: Bench; colleague: Client; deputy: string }>('laboratory: critical results');
test.before(async (at) => {
  at.bench = await startBench();
  const { bench } = at;
  const admin = await bench.as('admin');
  const made = await admin.post('/api/users', {
    username: 'second',
    displayName: 'Second doctor',
    password: 'a-first-password',
    roles: ['doctor'],
  });
  assert.is(made.status, 201, JSON.stringify(made.body));
  const practitioner = {
    familyName: 'Okafor',
    givenName: 'Ben',
    prefix: 'Dr',
    departmentId: bench.department,
    userId: made.body.id,
  };
  const person = await admin.post('/api/practitioners', practitioner);
  at.deputy = person.body.id;
  const signedIn = await bench.anonymous.post('/api/auth/login', {
    username: 'second',
    password: 'a-first-password',
    newPassword: 'quiet harbour in March',
  });
  at.colleague = clientOf(bench.url, signedIn.body.accessToken);
});
test.after((at) => at.bench?.stop());
test.after.each(async ({ bench }) => {
  await bench.settle();
  for (const [rule, query] of Object.entries(invariants)) assert.equal(await bench.db.any(query), [], rule);
});

const waiting = async (client: Client) => (await client.get('/api/laboratory/critical-results')).body.items;
const escalate = (bench: Bench) => escalateCritical(bench.hms.db(service('laboratory')));

test('a critical value goes to who ordered it, who repeats it and is named', async ({ bench, colleague }) => {
  const at = await bench.visit();
  await bench.measured(at, 'K', { [potassium]: '6.9' });
  const [task] = await waiting(bench.doctor);
  assert.equal(
    [task.value, task.interpretation, task.ownerName, task.mine, task.patient.id],
    ['6.9', 'HH', 'Dr Diallo', true, at.patientId],
  );
  assert.equal(await waiting(colleague), [], 'not yet a matter for others');
  const acknowledge = (body: object, version = task.version) =>
    bench.doctor.post(`/api/laboratory/critical-results/${task.id}/acknowledge`, body, etag(version));
  assert.is((await acknowledge({})).status, 400, 'unread');
  const misread = await acknowledge({ readBack: '9.6' });
  assert.equal([misread.status, misread.body.type], [422, '/problems/read-back-is-the-value']);
  assert.is(
    (
      await bench.nurse.post(
        `/api/laboratory/critical-results/${task.id}/acknowledge`,
        { readBack: '6.9' },
        etag(task.version),
      )
    ).status,
    403,
  );
  const done = await acknowledge({ readBack: '6,90', note: 'ECG now' });
  assert.is(done.status, 200, JSON.stringify(done.body));
  assert.equal(
    [done.body.acknowledgedByName, done.body.channel, done.body.readBack, done.body.note],
    ['Dr Diallo', 'screen', '6.9', 'ECG now'],
  );
  const again = await acknowledge({ readBack: '6.9' }, done.body.version);
  assert.equal([again.status, again.body.type], [409, '/problems/acknowledged-once']);
  assert.equal(await waiting(bench.doctor), []);
});

test('nobody answers: the department hears of it after its time', async ({ bench, colleague }) => {
  await bench.measured(await bench.visit(), 'K', { [potassium]: '2.1' });
  await escalate(bench);
  assert.equal(await waiting(colleague), []);
  await bench.setClock('2026-03-02T08:30:00Z');
  await escalate(bench);
  const [task] = await waiting(colleague);
  assert.equal([task.mine, task.escalatedAt], [false, '2026-03-02T08:30:00Z']);
  await escalate(bench);
  await bench.settle();
  const told = await bench.db.any(sql.unsafe`select from core.outbox where name = 'laboratory.critical-escalated'`);
  assert.is(told.length, 1, 'once');
  const done = await colleague.post(
    `/api/laboratory/critical-results/${task.id}/acknowledge`,
    { readBack: '2.1' },
    etag(task.version),
  );
  assert.is(done.body.acknowledgedByName, 'Dr Okafor');
  await bench.setClock('2026-03-02T08:00:00Z');
});

test('the bench tells it by telephone, and who was told has a name', async ({ bench, deputy }) => {
  await bench.measured(await bench.visit(), 'LAC', { '2518-9': '8.8' });
  const [task] = await waiting(bench.labtech);
  const call = (body: object) =>
    bench.labtech.post(`/api/laboratory/critical-results/${task.id}/call`, body, etag(task.version));
  assert.is((await call({ readBack: '8.8' })).status, 400, 'told whom?');
  assert.is((await call({ practitionerId: deputy, readBack: '88' })).status, 422);
  const done = await call({ practitionerId: deputy, readBack: '8.8' });
  assert.equal([done.status, done.body.acknowledgedByName, done.body.channel], [200, 'Dr Okafor', 'telephone']);
});

test('a deputy can be named, in the order or later', async ({ bench, colleague, deputy }) => {
  const at = await bench.visit();
  const [specimen] = await bench.toBench(await bench.order(at, ['GLU'], { responsibleId: deputy }));
  assert.ok(specimen);
  await bench.verify((await bench.enter(specimen, { '2345-7': '38' })).body);
  const [task] = await waiting(colleague);
  assert.equal([task.interpretation, task.mine], ['LL', true]);
  const given = await colleague.post(
    `/api/laboratory/critical-results/${task.id}/assign`,
    { practitionerId: bench.practitioner },
    etag(task.version),
  );
  assert.is(given.status, 200, JSON.stringify(given.body));
  assert.equal([(await waiting(colleague)).length, (await waiting(bench.doctor)).length], [0, 1]);
});

test('while somebody is away their critical results are the deputy’s, those that wait too', async ({
  bench,
  colleague,
  deputy,
}) => {
  const admin = await bench.as('admin');
  const away = { practitionerId: bench.practitioner, deputyId: deputy, startsOn: '2026-03-02', endsOn: '2026-03-06' };
  const say = (body: object) => admin.post('/api/laboratory/deputies', body);
  assert.is((await bench.doctor.post('/api/laboratory/deputies', away)).status, 403);
  assert.is((await say({ ...away, deputyId: bench.practitioner })).body.type, '/problems/deputy-is-another');
  assert.is((await say({ ...away, endsOn: '2026-03-01' })).body.type, '/problems/deputy-ends-after-start');
  await bench.measured(await bench.visit(), 'K', { [potassium]: '7.1' });
  const waited = (await waiting(bench.doctor)).length;
  assert.ok(waited > 0);
  const made = await say(away);
  assert.equal(
    [made.status, made.body.inForce, made.body.endsOn],
    [201, true, '2026-03-06'],
    JSON.stringify(made.body),
  );
  assert.is((await say({ ...away, startsOn: '2026-03-06' })).body.type, '/problems/deputy-one-at-a-time');
  const round = await say({ ...away, practitionerId: deputy, deputyId: bench.practitioner });
  assert.equal([round.status, round.body.type], [409, '/problems/deputy-is-away'], 'nothing goes round in a circle');
  await bench.measured(await bench.visit(), 'K', { [potassium]: '7.2' });
  const mine = (await waiting(colleague)).filter((it: { mine: boolean }) => it.mine);
  assert.ok(['7.1', '7.2'].every((value) => mine.some((it: { value: string }) => it.value === value)));
  assert.is((await waiting(bench.doctor)).filter((it: { mine: boolean }) => it.mine).length, 0);

  const ended = await admin.post(`/api/laboratory/deputies/${made.body.id}/end`, {}, etag(made.body.version));
  assert.is(ended.status, 204);
  assert.equal((await admin.get('/api/laboratory/deputies')).body.items, []);
  await bench.measured(await bench.visit(), 'K', { [potassium]: '7.3' });
  const owned = (await waiting(bench.doctor)).filter((it: { mine: boolean }) => it.mine);
  assert.equal(
    owned.map((it: { value: string }) => it.value),
    ['7.3'],
  );
  for (const task of [...mine, ...owned])
    await bench.labtech.post(
      `/api/laboratory/critical-results/${task.id}/call`,
      { practitionerId: deputy, readBack: task.value },
      etag(task.version),
    );
});

test('a correction that makes a value critical raises it then', async ({ bench }) => {
  const it = await bench.measured(await bench.visit(), 'INR', { '6301-6': '1.8' });
  const before = (await waiting(bench.doctor)).length;
  await bench.labtech.post(
    `/api/laboratory/results/${it.id}/correct`,
    { value: '8.1', reason: 'Digits were swapped' },
    etag(it.version),
  );
  const after = await waiting(bench.doctor);
  assert.is(after.length, before + 1);
  assert.ok(after.some((task: { value: string }) => task.value === '8.10'));
});

test('what was acknowledged cannot be unsaid, by no statement of ours', async ({ bench }) => {
  assert.not.ok(
    await bench.hms.pools.app
      .connect((c) =>
        c.query(
          sql.unsafe`update laboratory.critical_result set acknowledged_at = null, acknowledged_by = null, channel = null, read_back = null where acknowledged_at is not null`,
        ),
      )
      .then(
        () => true,
        () => false,
      ),
  );
});
test.run();
