import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Client } from '../hms.ts';
import { etag, startHospital, weekdays, type Hospital } from './hospital.ts';

/** What administrators set: two who have read the same do not overwrite each other. */
const test = suite<{ hms: Hospital }>('scheduling: what is set keeps versions');
test.before(async (at) => {
  at.hms = await startHospital();
});
test.after((at) => at.hms?.stop());

/** Reads, then changes without the version, with it, and with it once more: 428, 200, 412. What there is then is what the one change made of it. */
const isGuarded = async (client: Client, path: string, bodies: [object, object]) => {
  const { headers, body } = await client.get(path);
  const read = headers.get('etag')!;
  assert.is(read, `W/"${body.version}"`, path);
  assert.is((await client.put(path, bodies[0])).status, 428, path);
  assert.is((await client.put(path, bodies[0], { 'if-match': '*' })).status, 400, path);
  const done = await client.put(path, bodies[0], { 'if-match': read });
  assert.is(done.status, 200, `${path}: ${JSON.stringify(done.body)}`);
  assert.is(done.headers.get('etag'), `W/"${done.body.version}"`);
  assert.ok(done.body.version > body.version, path);
  const stale = await client.put(path, bodies[1], { 'if-match': read });
  assert.equal([stale.status, stale.body.type], [412, '/problems/version-stale'], path);
  assert.equal((await client.get(path)).body, done.body, path);
};

test('hours, also the first ones', async ({ hms }) => {
  const windows = { windows: weekdays('10:00', '12:00') };
  await isGuarded(hms.clerk, `/api/availability/${hms.practitioners[0]}`, [windows, { windows: [] }]);
  const { body: made } = await hms.admin.post('/api/practitioners', { familyName: 'Neu', givenName: 'Nina' });
  const path = `/api/availability/${made.id}`;
  assert.is((await hms.clerk.get(path)).body.version, 0);
  await isGuarded(hms.clerk, path, [windows, { windows: [] }]);
});

test('hours that a practitioner sets are those that the desk has read', async ({ hms }) => {
  const [, second] = hms.practitioners;
  const { body: users } = await hms.admin.get('/api/users?limit=100');
  const userId = users.items.find((it: { username: string }) => it.username === 'doctor').id;
  const { body: who } = await hms.admin.get(`/api/practitioners/${second}`);
  const { familyName, givenName, departmentId } = who;
  const linked = { familyName, givenName, departmentId, userId };
  assert.is((await hms.admin.put(`/api/practitioners/${second}`, linked, etag(who.version))).status, 200);
  const doctor = await hms.as('doctor');
  const read = (await hms.clerk.get(`/api/availability/${second}`)).body.version;
  await isGuarded(doctor, '/api/availability/me', [{ windows: weekdays('08:00', '09:00') }, { windows: [] }]);
  assert.is((await hms.clerk.put(`/api/availability/${second}`, { windows: [] }, etag(read))).status, 412);
});

test('capacities, from the first to the end and again', async ({ hms }) => {
  const path = `/api/capacities/${hms.rooms[0]}`;
  assert.equal((await hms.clerk.get(path)).body, { actorId: hms.rooms[0], capacity: 1, version: 0 });
  for (const capacity of [2, 1, 3]) await isGuarded(hms.clerk, path, [{ capacity }, { capacity: 5 }]);
  const { items } = (await hms.clerk.get('/api/capacities')).body;
  assert.equal(items, [{ actorId: hms.rooms[0], capacity: 3, version: 3 }]);
  assert.is((await hms.clerk.get(`/api/capacities/${await hms.patient()}`)).status, 404);
});

test('rules and services', async ({ hms }) => {
  const { body } = await hms.admin.get('/api/scheduling-rules');
  const { version: _, ...rules } = body;
  await isGuarded(hms.admin, '/api/scheduling-rules', [{ ...rules, noShowMinutes: 45 }, rules]);
  const service = { name: 'Consultation', departmentId: hms.department, durationMinutes: 20 };
  await isGuarded(hms.admin, `/api/services/${hms.service}`, [service, { ...service, durationMinutes: 40 }]);
});

test('of twenty who set the same at once, one does', async ({ hms }) => {
  const answers = async (path: string, bodies: object[]) => {
    const { version } = (await hms.clerk.get(path)).body;
    const all = await Promise.all(bodies.map((body) => hms.clerk.put(path, body, etag(version))));
    return all.map(({ status }) => status).sort();
  };
  const one = [200, ...Array<number>(19).fill(412)];
  const numbers = Array.from({ length: 20 }, (_, n) => n + 2);
  for (const actor of [hms.practitioners[0], hms.rooms[0]])
    assert.equal(await answers(`/api/capacities/${actor}`, numbers.map((capacity) => ({ capacity }))), one); // prettier-ignore
  const { body: made } = await hms.admin.post('/api/practitioners', { familyName: 'Erst', givenName: 'Emil' });
  for (const practitioner of [hms.practitioners[0], made.id])
    assert.equal(
      await answers(
        `/api/availability/${practitioner}`,
        numbers.map((n) => ({ windows: [{ weekday: 1, startTime: '08:00', endTime: `${String(8 + (n % 12) + 1).padStart(2, '0')}:00` }] })),
      ), one); // prettier-ignore
});
test.run();
