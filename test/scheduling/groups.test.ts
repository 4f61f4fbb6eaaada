import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { etag, startHouse, type House } from '../messaging/house.ts';
import { between } from './hospital.ts';
import { broken } from './invariants.ts';

const test = suite<{ house: House }>('scheduling: groups');
test.before(async (at) => {
  at.house = await startHouse();
});
test.before.each(async ({ house }) => {
  await house.setClock('2026-03-02T08:00:00Z');
});
test.after.each(async ({ house }) => {
  assert.equal(await broken(house), []);
});
test.after(({ house }) => house?.stop());

const at = (time: string, minutes = 60) => between(`2026-03-${time}:00+01:00`, minutes);
const open = async (house: House, time: string, places: number, who = 0) => {
  const { status, body } = await house.clerk.post('/api/groups', {
    practitionerId: house.practitioners[who], serviceId: house.service, places, note: 'Back school', ...at(time),
  }); // prettier-ignore
  assert.is(status, 201, JSON.stringify(body));
  return body;
};
const join = async (house: House, id: string, patientId?: string) =>
  house.clerk.post(`/api/groups/${id}/participants`, { patientId: patientId ?? (await house.patient()) });
const group = async (house: House, id: string) => (await house.clerk.get(`/api/groups/${id}`)).body;

test('takes practitioner and room once; who comes has an appointment and a status of their own', async ({ house }) => {
  const it = await open(house, '03T09:00', 3);
  assert.is(it.locationName, 'Room 1');
  assert.is(it.left, 3);
  const single = { patientId: await house.patient(), practitionerId: house.practitioners[0], serviceId: house.service };
  assert.is((await house.clerk.post('/api/appointments', { ...single, ...at('03T09:30', 30) })).status, 409);
  const [a, b, c] = [await join(house, it.id), await join(house, it.id), await join(house, it.id)];
  for (const { status, body } of [a, b, c]) assert.is(status, 201, JSON.stringify(body));
  assert.is((await group(house, it.id)).left, 0);
  assert.is((await house.clerk.post(`/api/appointments/${a.body.id}/check-in`, {}, etag(1))).body.status, 'checked-in');
  assert.is((await house.clerk.post(`/api/appointments/${b.body.id}/no-show`, {}, etag(1))).body.status, 'noshow');
  const { participants, left } = await group(house, it.id);
  assert.equal(participants.map(({ status }: { status: string }) => status), ['checked-in', 'booked', 'noshow']); // prettier-ignore
  assert.is(left, 1, 'the place of who stayed away is free');
  assert.is((await join(house, it.id)).status, 201);
  const back = await house.clerk.post(`/api/appointments/${b.body.id}/reinstate`, {}, etag(2));
  assert.is(back.status, 409, 'it is somebody else’s now');
});

test('fifty at one time for seven places: exactly seven come, the others hear of the next groups', async ({
  house,
}) => {
  const it = await open(house, '04T09:00', 7);
  const later = await open(house, '05T09:00', 4);
  const patients: string[] = [];
  for (let n = 0; n < 50; n++) patients.push(await house.patient());
  const answers = await Promise.all(patients.map((patientId) => join(house, it.id, patientId)));
  const done = answers.filter(({ status }) => status === 201);
  assert.is(done.length, 7, JSON.stringify(answers.map(({ status }) => status)));
  const refused = answers.filter(({ status }) => status !== 201);
  for (const { status, body } of refused) {
    assert.is(status, 409);
    assert.is(body.type, '/problems/group-full');
    assert.ok(body.groups.some(({ id, left }: { id: string; left: number }) => id === later.id && left === 4));
  }
  assert.is((await group(house, it.id)).left, 0);
});

test('a patient is at one place only, and has one seat of a group', async ({ house }) => {
  const [one, two] = [await open(house, '06T09:00', 4), await open(house, '06T09:00', 4, 1)];
  const patientId = await house.patient();
  assert.is((await join(house, one.id, patientId)).status, 201);
  for (const { id } of [one, two]) {
    const { status, body } = await join(house, id, patientId);
    assert.is(status, 409);
    assert.is(body.type, '/problems/occupancy-no-overlap');
  }
  assert.is((await group(house, two.id)).left, 4, 'nothing is left of a refusal');
});

test('moved alone, somebody leaves the group; their seat is free', async ({ house }) => {
  const it = await open(house, '09T09:00', 2);
  const { body } = await join(house, it.id);
  const moved = await house.clerk.post(`/api/appointments/${body.id}/reschedule`, at('09T13:00', 30), etag(1));
  assert.is(moved.status, 200, JSON.stringify(moved.body));
  const after = await group(house, it.id);
  assert.equal([after.left, after.participants.length], [2, 0]);
  const taken = { patientId: await house.patient(), practitionerId: house.practitioners[0], serviceId: house.service };
  assert.is((await house.clerk.post('/api/appointments', { ...taken, ...at('09T13:00', 30) })).status, 409);
});

test('moved whole: each who is expected comes along with the seat and is told once; who cancelled stays behind', async ({
  house,
}) => {
  const it = await open(house, '12T09:00', 3);
  const [stays, leaves] = [await house.agreed(), await house.agreed()];
  const { body: seat } = await join(house, it.id, stays);
  const { body: gone } = await join(house, it.id, leaves);
  await house.clerk.post(`/api/appointments/${gone.id}/cancel`, { reason: 'Ill' }, etag(1));
  await house.settle();
  await house.at('2026-03-02T08:01:01Z');
  const move = (to: object, version: number) => house.clerk.post(`/api/groups/${it.id}/reschedule`, to, etag(version));
  assert.is((await house.clerk.post(`/api/groups/${it.id}/reschedule`, at('13T13:00'))).status, 428);
  assert.is((await move(at('13T12:30'), it.version)).body.type, '/problems/appointment-outside-availability');
  // Half over its own time: what it has itself is not in its way.
  const half = await move(at('12T09:30'), it.version);
  assert.is(half.status, 200, JSON.stringify(half.body));
  const to = { ...at('13T13:00'), practitionerId: house.practitioners[1] };
  const { status, body } = await move(to, half.body.version);
  assert.is(status, 200, JSON.stringify(body));
  assert.equal([body.startsAt, body.practitionerId, body.locationName, body.left], ['2026-03-13T12:00:00Z', to.practitionerId, 'Room 2', 2]); // prettier-ignore
  assert.equal(body.participants.map((one: { id: string; startsAt: string; practitionerId: string }) => [one.id, one.startsAt, one.practitionerId]), [[seat.id, '2026-03-13T12:00:00Z', to.practitionerId]]); // prettier-ignore
  assert.is((await move(at('16T09:00'), it.version)).body.type, '/problems/version-stale');
  await house.settle();
  await house.at('2026-03-02T08:05:00Z');
  const told = async (patientId: string) =>
    (await house.messagesOf(patientId)).filter(
      ({ kind, channel }) => kind === 'appointment-rescheduled' && channel === 'sms',
    ).length;
  assert.equal([await told(stays), await told(leaves)], [2, 0], 'once for each move');
  for (const who of [0, 1]) await open(house, '12T09:00', 2, who); // its old time is free, in both rooms
});

test('not moved on to somebody of it who is elsewhere then, nor once somebody is here; nothing has changed', async ({
  house,
}) => {
  const it = await open(house, '17T09:00', 3);
  const busy = await house.patient('Elsewhere');
  await join(house, it.id, busy);
  const { body: early } = await join(house, it.id);
  const own = {
    patientId: busy,
    practitionerId: house.practitioners[1],
    serviceId: house.service,
    ...at('18T09:30', 30),
  };
  assert.is((await house.clerk.post('/api/appointments', own)).status, 201);
  const before = await group(house, it.id);
  const move = (to: object) => house.clerk.post(`/api/groups/${it.id}/reschedule`, to, etag(it.version));
  const refused = await move(at('18T09:00'));
  assert.equal([refused.status, refused.body.type], [409, '/problems/group-elsewhere']);
  assert.equal(refused.body.patients.map(({ familyName }: { familyName: string }) => familyName), ['Elsewhere']); // prettier-ignore
  assert.equal(await group(house, it.id), before);
  const other = await open(house, '19T09:00', 2);
  const taken = await move(at('19T09:30'));
  assert.equal([taken.status, taken.body.type], [409, '/problems/occupancy-no-overlap']);
  assert.ok(taken.body.next.length > 0);
  assert.is((await group(house, other.id)).left, 2);
  await house.clerk.post(`/api/appointments/${early.id}/check-in`, {}, etag(1));
  assert.is((await move(at('20T09:00'))).body.type, '/problems/appointment-status');
});

test('called off whole: each is told once, and practitioner and room are free', async ({ house }) => {
  const it = await open(house, '10T09:00', 3);
  const patients = [await house.agreed(), await house.agreed()];
  for (const patientId of patients) assert.is((await join(house, it.id, patientId)).status, 201);
  await house.settle();
  await house.at('2026-03-02T08:01:01Z');
  assert.is((await house.clerk.post(`/api/groups/${it.id}/cancel`, { reason: 'Ill' })).status, 428);
  const { status, body } = await house.clerk.post(`/api/groups/${it.id}/cancel`, { reason: 'Ill' }, etag(it.version));
  assert.is(status, 200, JSON.stringify(body));
  assert.equal(body.participants.map((one: { status: string }) => one.status), ['cancelled', 'cancelled']); // prettier-ignore
  await house.settle();
  await house.at('2026-03-02T08:03:00Z');
  for (const patientId of patients) {
    const told = (await house.messagesOf(patientId)).filter(
      ({ kind, channel }) => kind === 'appointment-cancelled' && channel === 'sms',
    );
    assert.is(told.length, 1);
    assert.is(told[0]!.status, 'sent');
  }
  assert.is((await join(house, it.id)).status, 422);
  await open(house, '10T09:00', 2);
});

test('not called off any more once somebody is here', async ({ house }) => {
  const it = await open(house, '24T09:00', 3);
  const { body: early } = await join(house, it.id);
  await join(house, it.id);
  await house.clerk.post(`/api/appointments/${early.id}/check-in`, {}, etag(1));
  const refused = await house.clerk.post(`/api/groups/${it.id}/cancel`, { reason: 'Ill' }, etag(it.version));
  assert.equal([refused.status, refused.body.type], [422, '/problems/appointment-status']);
});

test('in FHIR each who comes has an Appointment that names nobody else; the Slot is free as long as there is a place', async ({
  house,
}) => {
  const it = await open(house, '11T09:00', 2);
  const { body: first } = await join(house, it.id);
  const whole = (await house.clerk.get(`/fhir/R4/Appointment/${it.id}`)).body;
  for (const more of [
    { status: 'cancelled' },
    { start: '2026-03-11T10:00:00+01:00', end: '2026-03-11T11:00:00+01:00' },
  ]) {
    const put = await house.clerk.put(`/fhir/R4/Appointment/${it.id}`, { ...whole, ...more }, { 'content-type': 'application/fhir+json' }); // prettier-ignore
    assert.equal([put.status, put.body.issue?.[0].details.coding[0].code], [422, 'group-as-a-whole']);
  }
  const own = (await house.clerk.get(`/fhir/R4/Appointment/${first.id}`)).body;
  const actors = own.participant.map(({ actor }: { actor: { reference: string } }) => actor.reference);
  assert.equal(actors.filter((ref: string) => ref.startsWith('Patient/')), [`Patient/${first.patientId}`]); // prettier-ignore
  const schedule = (await house.clerk.get(`/fhir/R4/Schedule?actor=Practitioner/${house.practitioners[0]}`)).body
    .entry[0].resource.id;
  const slot = `${schedule}-${Date.parse(it.startsAt) / 60_000}-60`;
  const statusOf = async () => (await house.clerk.get(`/fhir/R4/Slot/${slot}`)).body.status;
  assert.is(await statusOf(), 'free');
  await join(house, it.id);
  assert.is(await statusOf(), 'busy');
  const { items } = (await house.clerk.get('/api/groups?from=2026-03-11T00:00:00Z&to=2026-03-12T00:00:00Z')).body;
  assert.equal(
    items.map(({ id, places, left }: Record<string, unknown>) => [id, places, left]),
    [[it.id, 2, 0]],
  );
});

test.run();
