import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { service } from '../../core/actor.ts';
import { closeNoShows } from '../../plugins/scheduling/noshow/jobs.ts';
import { sweepHolds } from '../../plugins/scheduling/holds/sweep.ts';
import { etag, now, startHospital, tuesday, type Hospital } from './hospital.ts';
import { broken } from './invariants.ts';

const test = suite<{ hms: Hospital }>('scheduling: holds');
test.before(async (at) => {
  at.hms = await startHospital();
});
test.after(async (at) => {
  assert.equal(await broken(at.hms), []);
  await at.hms?.stop();
});
test.before.each(async ({ hms }) => {
  await hms.setClock(now);
});

const asJob = (hms: Hospital) => hms.hms.db(service('scheduling'));
const wish = (hms: Hospital, patientId: string, at: string, n: 0 | 1 = 0) => ({
  patientId,
  practitionerId: hms.practitioners[n],
  serviceId: hms.service,
  ...tuesday(at),
});

test('a held time is nobody else’s until it is confirmed, and then an appointment', async ({ hms }) => {
  const [one, other] = [await hms.patient(), await hms.patient()];
  const held = await hms.clerk.post('/api/holds', wish(hms, one, '09:00'));
  assert.equal([held.status, held.body.status, held.body.heldUntil], [201, 'pending', '2026-03-02T08:10:00Z']);
  assert.is((await hms.clerk.post('/api/appointments', wish(hms, other, '09:00'))).status, 409);
  const confirmed = await hms.clerk.post(`/api/appointments/${held.body.id}/confirm`, {}, etag(held.body.version));
  assert.equal([confirmed.body.status, confirmed.body.heldUntil], ['booked', null], JSON.stringify(confirmed.body));
});

test('a hold that is over cannot be confirmed, before the sweep and after it, and its time is free', async ({
  hms,
}) => {
  const [one, other] = [await hms.patient(), await hms.patient()];
  const held = await hms.clerk.post('/api/holds', { ...wish(hms, one, '10:00'), minutes: 5 });
  const swept = await hms.clerk.post('/api/holds', { ...wish(hms, one, '11:00'), minutes: 5 });
  await hms.setClock('2026-03-02T08:05:00Z');
  const confirm = (it: typeof held) =>
    hms.clerk.post(`/api/appointments/${it.body.id}/confirm`, {}, etag(it.body.version));
  const late = await confirm(held);
  assert.equal([late.status, late.body.type], [410, '/problems/hold-expired']);
  assert.is((await hms.clerk.post('/api/appointments', wish(hms, other, '10:00'))).status, 201);
  await sweepHolds(asJob(hms));
  assert.equal([(await confirm(held)).status, (await confirm(swept)).status], [410, 410]);
});

test('a hold is given back', async ({ hms }) => {
  const one = await hms.patient();
  const held = await hms.clerk.post('/api/holds', wish(hms, one, '14:00'));
  const path = `/api/appointments/${held.body.id}`;
  const released = await hms.clerk.post(`${path}/release`, {}, etag(held.body.version));
  assert.equal([released.status, released.body.status], [200, 'cancelled'], JSON.stringify(released.body));
  const booked = await hms.clerk.post('/api/appointments', wish(hms, one, '14:00'));
  assert.is(booked.status, 201);
  const no = await hms.clerk.post(`/api/appointments/${booked.body.id}/release`, {}, etag(booked.body.version));
  assert.is(no.body.type, '/problems/appointment-status');
});

test('the house says for how long', async ({ hms }) => {
  const { body: rules } = await hms.admin.get('/api/scheduling-rules');
  const { version, ...before } = rules;
  const set = await hms.admin.put('/api/scheduling-rules', { ...before, holdMinutes: 20 }, etag(version));
  assert.is(set.status, 200, JSON.stringify(set.body));
  const held = await hms.clerk.post('/api/holds', wish(hms, await hms.patient(), '15:00'));
  assert.is(held.body.heldUntil, '2026-03-02T08:20:00Z');
  assert.is((await hms.admin.put('/api/scheduling-rules', before, etag(set.body.version))).status, 200);
});

test('an appointment to which nobody came is closed after its grace, and can be taken back', async ({ hms }) => {
  const missed = await hms.clerk.post('/api/appointments', wish(hms, await hms.patient(), '09:00', 1));
  const came = await hms.clerk.post('/api/appointments', wish(hms, await hms.patient(), '10:00', 1));
  await hms.setClock('2026-03-03T09:50:00Z');
  await hms.clerk.post(`/api/appointments/${came.body.id}/check-in`, {}, etag(came.body.version));
  await closeNoShows(asJob(hms));
  const read = async (it: typeof missed) => (await hms.clerk.get(`/api/appointments/${it.body.id}`)).body;
  assert.is((await read(missed)).status, 'booked');
  await hms.setClock('2026-03-03T10:31:00Z');
  await closeNoShows(asJob(hms));
  const closed = await read(missed);
  assert.equal([closed.status, (await read(came)).status], ['noshow', 'checked-in']);
  const back = await hms.clerk.post(`/api/appointments/${closed.id}/reinstate`, {}, etag(closed.version));
  assert.is(back.body.status, 'booked', JSON.stringify(back.body));
});
test.run();
