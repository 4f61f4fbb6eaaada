import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { service } from '../../core/actor.ts';
import { fillWaitlist } from '../../plugins/scheduling/waitlist/jobs.ts';
import { etag, now } from '../ehr/ward.ts';
import { startDesk, type Desk, type Portal } from './desk.ts';

const test = suite<{ desk: Desk }>('portal: holds and waitlist');
test.before(async (at) => {
  at.desk = await startDesk();
});
test.after((at) => at.desk?.stop());
test.before.each(async ({ desk }) => {
  await desk.setClock(now);
});

const slotsOf = async (desk: Desk, person: Portal) =>
  (await person.get(`/api/portal/slots?serviceId=${desk.service}&from=2026-03-05T08:00:00Z`)).body.items;
const wish = (desk: Desk, slot: { practitionerId: string; start: string; end: string }) => ({
  serviceId: desk.service,
  practitionerId: slot.practitionerId,
  startsAt: slot.start,
  endsAt: slot.end,
});
const fill = (desk: Desk) => fillWaitlist(desk.hms.db(service('scheduling')), desk.hms);

test('a chosen time is kept while the patient reads on, and booked', async ({ desk }) => {
  const [one, other] = [await desk.enrolled(), await desk.enrolled()];
  const [slot] = await slotsOf(desk, one);
  const held = await one.post('/api/portal/holds', wish(desk, slot));
  assert.is(held.status, 201, JSON.stringify(held.body));
  assert.equal((await one.get('/api/portal/visits')).body.items, [], 'no visit yet');
  assert.is((await other.post('/api/portal/visits', wish(desk, slot))).status, 409);
  assert.is((await other.post(`/api/portal/holds/${held.body.id}/book`, {})).status, 404);
  const booked = await one.post(`/api/portal/holds/${held.body.id}/book`, { reason: 'Cough' });
  assert.equal(
    [booked.status, booked.body.id, booked.body.status, booked.body.reason],
    [200, held.body.id, 'booked', 'Cough'],
  );
  assert.is((await one.get('/api/portal/visits')).body.items.length, 1);
});

test('a kept time that is over is gone, one given back is free, and nobody keeps more than a few', async ({ desk }) => {
  const [one, other] = [await desk.enrolled(), await desk.enrolled()];
  const [first, second, third, fourth] = await slotsOf(desk, one);
  const held = await one.post('/api/portal/holds', wish(desk, first));
  const back = await one.post('/api/portal/holds', wish(desk, second));
  await one.post('/api/portal/holds', wish(desk, third));
  assert.is((await one.post('/api/portal/holds', wish(desk, fourth))).body.type, '/problems/portal-bookings-limited');
  const path = `/api/portal/holds/${back.body.id}/release`;
  assert.is((await other.post(path, {}, etag(back.body.version))).status, 404);
  assert.is((await one.post(path, {}, etag(back.body.version))).status, 200);
  assert.is((await other.post('/api/portal/visits', wish(desk, second))).status, 201);
  await desk.setClock('2026-03-02T08:30:00Z');
  const late = await one.post(`/api/portal/holds/${held.body.id}/book`, {});
  assert.equal([late.status, late.body.type], [410, '/problems/hold-expired']);
});

test('a patient waits, sees what is offered, and takes it with one request', async ({ desk }) => {
  const [one, other] = [await desk.enrolled(), await desk.enrolled()];
  const joined = await one.post('/api/portal/waitlist', { serviceId: desk.service, weekdays: [4] });
  assert.equal([joined.status, joined.body.items.length], [201, 1], JSON.stringify(joined.body));
  const twice = await one.post('/api/portal/waitlist', { serviceId: desk.service });
  assert.is(twice.body.type, '/problems/waitlist-once');
  await fill(desk);
  const home = (await one.get('/api/portal/home')).body;
  const { offer } = home.waiting[0];
  assert.ok(offer?.startsAt.startsWith('2026-03-05'), JSON.stringify(home.waiting));
  assert.equal((await other.get('/api/portal/waitlist')).body.items, []);
  const path = `/api/portal/waitlist-offers/${offer.id}`;
  assert.equal([(await other.post(`${path}/accept`)).status, (await other.post(`${path}/decline`)).status], [404, 404]);
  const declined = await one.post(`${path}/decline`);
  assert.equal([declined.status, declined.body.items[0].offer], [200, null], JSON.stringify(declined.body));
  await fill(desk);
  const again = (await one.get('/api/portal/waitlist')).body.items[0].offer;
  assert.is.not(again.startsAt, offer.startsAt);
  assert.is((await one.post(`${path}/accept`)).status, 410);
  const accepted = await one.post(`/api/portal/waitlist-offers/${again.id}/accept`);
  assert.equal([accepted.status, accepted.body.status, accepted.body.startsAt], [200, 'booked', again.startsAt]);
  assert.equal((await one.get('/api/portal/waitlist')).body.items, []);
});

test('whoever leaves waits no longer', async ({ desk }) => {
  const [one, other] = [await desk.enrolled(), await desk.enrolled()];
  const { body } = await one.post('/api/portal/waitlist', { serviceId: desk.service, earliestOn: '2026-06-01' });
  const [{ id, version }] = body.items;
  const path = `/api/portal/waitlist/${id}/leave`;
  assert.is((await other.post(path, {}, etag(version))).status, 404);
  const left = await one.post(path, {}, etag(version));
  assert.equal([left.status, left.body.items], [200, []], JSON.stringify(left.body));
  assert.is(
    (await one.post('/api/portal/waitlist', { serviceId: crypto.randomUUID() })).body.type,
    '/problems/portal-service',
  );
});
test.run();
