import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { etag, now } from '../ehr/ward.ts';
import { key, startDesk, type Desk, type Portal } from './desk.ts';

const test = suite<{ desk: Desk }>('portal: visits');
test.before(async (at) => {
  at.desk = await startDesk();
});
test.after((at) => at.desk?.stop());
test.before.each(async ({ desk }) => {
  await desk.setClock(now);
  await rules(desk, usual);
});

const usual = {
  cancelHours: 24,
  leadHours: 2,
  horizonDays: 90,
  openBookings: 3,
  services: null as string[] | null,
  approval: [] as string[],
};
const rules = async (desk: Desk, wanted: typeof usual) => {
  const admin = await desk.as('admin');
  const { body } = await admin.get('/api/portal-rules');
  const { status } = await admin.put('/api/portal-rules', wanted, etag(body.version));
  assert.is(status, 200);
};
const slotsOf = async (desk: Desk, person: Portal, from = '2026-03-05T08:00:00Z') =>
  (await person.get(`/api/portal/slots?serviceId=${desk.service}&from=${from}`)).body.items;
const wish = (desk: Desk, slot: { practitionerId: string; start: string; end: string }) => ({
  serviceId: desk.service,
  practitionerId: slot.practitionerId,
  startsAt: slot.start,
  endsAt: slot.end,
});

test('a free time is booked, moved and cancelled with its reason; reception sees it', async ({ desk }) => {
  const person = await desk.enrolled();
  const { items: services } = (await person.get('/api/portal/services')).body;
  assert.equal(
    services.map(({ name }: { name: string }) => name),
    ['Consultation'],
  );
  const [first, second] = await slotsOf(desk, person);
  const booked = await person.post('/api/portal/visits', { ...wish(desk, first), reason: 'Palpitations' });
  assert.is(booked.status, 201, JSON.stringify(booked.body));
  assert.equal([booked.body.status, booked.body.mayChange], ['booked', true]);
  assert.is((await desk.clerk.get(`/api/appointments/${booked.body.id}`)).body.patientId, person.patientId);

  const path = `/api/portal/visits/${booked.body.id}`;
  const to = { practitionerId: second.practitionerId, startsAt: second.start, endsAt: second.end };
  assert.is((await person.post(`${path}/move`, to)).status, 428);
  const moved = await person.post(`${path}/move`, to, etag(booked.body.version));
  assert.is(moved.body.startsAt, second.start, JSON.stringify(moved.body));
  assert.is((await person.post(`${path}/cancel`, { reason: 'x' }, etag(booked.body.version))).status, 412);
  const gone = await person.post(`${path}/cancel`, { reason: 'I feel better' }, etag(moved.body.version));
  assert.is(gone.body.status, 'cancelled');
  assert.is((await desk.clerk.get(`/api/appointments/${booked.body.id}`)).body.cancellationReason, 'I feel better');
});

test('a time that somebody else has just taken is refused with the next free ones', async ({ desk }) => {
  const [one, other] = [await desk.enrolled(), await desk.enrolled()];
  const [slot] = await slotsOf(desk, one);
  const answers = await Promise.all([one, other].map((it) => it.post('/api/portal/visits', wish(desk, slot))));
  assert.equal(answers.map(({ status }) => status).sort(), [201, 409]);
  assert.is(answers.find(({ status }) => status === 409)!.body.next.length, 3);
});

test('the same key books once', async ({ desk }) => {
  const person = await desk.enrolled();
  const [slot] = await slotsOf(desk, person);
  const headers = key();
  const first = await person.post('/api/portal/visits', wish(desk, slot), headers);
  const again = await person.post('/api/portal/visits', wish(desk, slot), headers);
  assert.equal([first.status, again.status, again.body.id], [201, 201, first.body.id]);
  assert.is((await person.get('/api/portal/visits')).body.items.length, 1);
});

test('no more open bookings than the hospital allows, also when they come at once', async ({ desk }) => {
  const person = await desk.enrolled();
  const slots = await slotsOf(desk, person);
  const answers = await Promise.all(
    slots.slice(0, 6).map((slot: never) => person.post('/api/portal/visits', wish(desk, slot))),
  );
  const statuses = answers.map(({ status }) => status);
  assert.is(statuses.filter((status) => status === 201).length, 3, statuses.join());
  assert.ok(answers.some(({ body }) => body.type === '/problems/portal-bookings-limited'));
  const [{ id, version }] = (await person.get('/api/portal/visits')).body.items;
  await person.post(`/api/portal/visits/${id}/cancel`, { reason: 'Another time' }, etag(version));
  assert.is((await person.post('/api/portal/visits', wish(desk, slots[7]))).status, 201);
});

test('too late, too soon, too far, too long, or not offered here', async ({ desk }) => {
  const person = await desk.enrolled();
  const [slot] = await slotsOf(desk, person);
  const booked = await person.post('/api/portal/visits', wish(desk, slot));
  const path = `/api/portal/visits/${booked.body.id}`;
  await desk.setClock('2026-03-05T07:00:00Z');
  assert.is((await person.get(path)).body.mayChange, false);
  const late = await person.post(`${path}/cancel`, { reason: 'Overslept' }, etag(booked.body.version));
  assert.is(late.body.type, '/problems/portal-too-late');
  const soon = { ...wish(desk, slot), startsAt: '2026-03-05T08:30:00Z', endsAt: '2026-03-05T09:00:00Z' };
  assert.is((await person.post('/api/portal/visits', soon)).body.type, '/problems/portal-too-soon');
  await desk.setClock(now);
  const far = { ...wish(desk, slot), startsAt: '2026-09-01T09:00:00Z', endsAt: '2026-09-01T09:30:00Z' };
  assert.is((await person.post('/api/portal/visits', far)).body.type, '/problems/portal-too-far');
  const long = { ...wish(desk, slot), startsAt: '2026-03-06T09:00:00Z', endsAt: '2026-03-06T15:00:00Z' };
  assert.is((await person.post('/api/portal/visits', long)).body.type, '/problems/portal-service');
  await rules(desk, { ...usual, services: [] });
  assert.equal((await person.get('/api/portal/services')).body.items, []);
  assert.is((await person.get(`/api/portal/slots?serviceId=${desk.service}`)).status, 422);
  assert.is((await person.post('/api/portal/visits', wish(desk, slot))).body.type, '/problems/portal-service');
});

test('what is offered keeps the limits that the service has for the portal', async ({ desk }) => {
  const admin = await desk.as('admin');
  const path = `/api/services/${desk.service}`;
  const { body: before } = await admin.get(path);
  const { id: _, version, ...facts } = before;
  const limits = { desk: { leadMinutes: 0, horizonDays: null }, portal: { leadMinutes: 2880, horizonDays: null } };
  const set = await admin.put(path, { ...facts, channels: { ...facts.channels, ...limits } }, etag(version));
  assert.is(set.status, 200, JSON.stringify(set.body));
  const person = await desk.enrolled();
  const [first] = await slotsOf(desk, person, '2026-03-02T08:00:00Z');
  assert.ok(Temporal.Instant.compare(first.start, Temporal.Instant.from(now).add({ hours: 48 })) >= 0, first.start);
  assert.is((await person.post('/api/portal/visits', wish(desk, first))).status, 201);
  await admin.put(path, facts, etag(set.body.version));
});

test('a service that somebody confirms first waits, and takes its time meanwhile', async ({ desk }) => {
  await rules(desk, { ...usual, approval: [desk.service] });
  const [person, other] = [await desk.enrolled(), await desk.enrolled()];
  const [slot] = await slotsOf(desk, person);
  const asked = await person.post('/api/portal/visits', wish(desk, slot));
  assert.is(asked.body.status, 'pending');
  assert.is((await other.post('/api/portal/visits', wish(desk, slot))).status, 409);
  const confirmed = await desk.clerk.post(`/api/appointments/${asked.body.id}/confirm`, {}, etag(asked.body.version));
  assert.is(confirmed.body.status, 'booked', JSON.stringify(confirmed.body));
  assert.is((await person.get(`/api/portal/visits/${asked.body.id}`)).body.status, 'booked');
});

test('a reminder is wished for with the booking', async ({ desk }) => {
  const person = await desk.enrolled({ patientId: await desk.patient({ email: 'x@example.org' }) });
  const [slot] = await slotsOf(desk, person);
  await person.post('/api/portal/visits', { ...wish(desk, slot), reminders: true });
  const { body } = await person.get('/api/portal/message-preference');
  assert.equal([body.email, body.declined], [true, []]);
  const none = await person.put(
    '/api/portal/message-preference',
    { email: false, sms: false, declined: [], language: 'es' },
    etag(body.version),
  );
  assert.equal([none.status, none.body.email, none.body.language], [200, false, 'es']);
});

test('of a series each visit says which of how many it is', async ({ desk }) => {
  const person = await desk.enrolled();
  const { status, body } = await desk.clerk.post('/api/series', {
    patientId: person.patientId,
    practitionerId: desk.practitioner,
    serviceId: desk.service,
    zone: 'Europe/Berlin',
    startOn: '2026-03-16',
    startTime: '10:00',
    minutes: 30,
    rule: { frequency: 'weekly', count: 3 },
  });
  assert.is(status, 201, JSON.stringify(body));
  const { items } = (await person.get('/api/portal/visits')).body;
  const numbers = items.map(({ series }: { series: { number: number; count: number } | null }) => series && [series.number, series.count]); // prettier-ignore
  assert.equal(numbers, [[1, 3], [2, 3], [3, 3]]); // prettier-ignore
  assert.is((await person.get(`/api/portal/visits/${items[1].id}`)).body.series.number, 2);
  const stranger = await desk.enrolled();
  assert.is((await stranger.get(`/api/portal/visits/${items[1].id}`)).status, 404);
});

test('a parent books for the child, and the child it is', async ({ desk }) => {
  const childId = await desk.patient();
  const parent = await desk.enrolled({ patientId: childId, role: 'parent' });
  const [slot] = await slotsOf(desk, parent);
  const { body } = await parent.post('/api/portal/visits', wish(desk, slot));
  assert.is((await desk.clerk.get(`/api/appointments/${body.id}`)).body.patientId, childId);
});
test.run();
