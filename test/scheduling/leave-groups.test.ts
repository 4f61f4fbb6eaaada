import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sql } from '../../core/database.ts';
import { insertLeave, lockHours } from '../../plugins/scheduling/leave/queries.ts';
import { etag, startHouse, type House } from '../messaging/house.ts';
import { between } from './hospital.ts';
import { broken } from './invariants.ts';

/** Each test has days of its own; the desk takes leave for Dr Marsh. */
const test = suite<{ house: House }>('scheduling: leave and groups');
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
const on = (day: string) => ({ fromOn: `2026-03-${day}`, toOn: `2026-03-${day}` });
const group = (house: House, time: string, who = 0) =>
  house.clerk.post('/api/groups', {
    practitionerId: house.practitioners[who], serviceId: house.service, places: 20, note: 'Back school', ...at(time),
  }); // prettier-ignore
const open = async (house: House, time: string) => {
  const { status, body } = await group(house, time);
  assert.is(status, 201, JSON.stringify(body));
  return body as { id: string; version: number };
};
const join = async (house: House, id: string, patientId?: string) =>
  house.clerk.post(`/api/groups/${id}/participants`, { patientId: patientId ?? (await house.patient()) });
const joined = async (house: House, id: string, patientId?: string) => {
  const { status, body } = await join(house, id, patientId);
  assert.is(status, 201, JSON.stringify(body));
  return body;
};
const read = async (house: House, path: string) => (await house.clerk.get(`/api/${path}`)).body;
const path = (house: House) => `/api/availability/${house.practitioners[0]}/leave`;
const impactOf = async (house: House, day: string) => {
  const { status, body } = await house.clerk.post(`${path(house)}/impact`, on(day));
  assert.is(status, 200, JSON.stringify(body));
  return body;
};
const leave = (house: House, day: string, ...outcomes: object[]) =>
  house.clerk.post(path(house), { ...on(day), kind: 'sick', outcomes });
const of = ({ id: appointmentId, version }: { id: string; version: number }) => ({ appointmentId, version });
const to = (slot: { practitionerId: string; start: string; end: string }) => ({
  outcome: 'move',
  to: { practitionerId: slot.practitionerId, startsAt: slot.start, endsAt: slot.end },
});
const timesToldOf = async (house: House, kind: string, patientId: string) =>
  (await house.messagesOf(patientId)).filter((it) => it.kind === kind && it.channel === 'sms').length;

test('a group is one item of the leave: how many come and never who, with places that suit all of them', async ({
  house,
}) => {
  const it = await open(house, '03T09:00');
  const busy = await house.patient('Elsewhere');
  await joined(house, it.id, busy);
  await joined(house, it.id);
  const single = (patientId: string, time: string, who: number) =>
    house.clerk.post('/api/appointments', {
      patientId, practitionerId: house.practitioners[who], serviceId: house.service, ...at(time, 30),
    }); // prettier-ignore
  assert.is((await single(busy, '04T09:30', 1)).status, 201);
  const { body: alone } = await single(await house.patient(), '03T10:00', 0);
  const { items, groups, hidden } = await impactOf(house, '03');
  assert.equal(items.map(({ appointment }: { appointment: { id: string } }) => appointment.id), [alone.id]); // prettier-ignore
  assert.is(hidden, 0);
  assert.is(groups.length, 1);
  const { proposals } = groups[0];
  assert.equal([groups[0].group.id, groups[0].group.note, groups[0].coming], [it.id, 'Back school', 2]);
  assert.not.match(JSON.stringify(groups), /Elsewhere|Testa/);
  // 9:00 of the next day would suit Dr Marsh, and not who is elsewhere until 10:00.
  assert.equal(proposals.map((slot: { start: string }) => slot.start), ['2026-03-04T09:00:00Z', '2026-03-03T09:00:00Z']); // prettier-ignore
  assert.equal(
    proposals.map((slot: { practitionerId: string }) => slot.practitionerId),
    house.practitioners,
  );
  const [own] = items[0].proposals;
  assert.is(own.start, '2026-03-04T08:00:00Z');
});

test('leave is refused without an outcome for the group; moved whole, each who comes keeps the seat and is told once', async ({
  house,
}) => {
  const it = await open(house, '05T09:00');
  const patients = [await house.agreed(), await house.agreed()];
  const seats = [await joined(house, it.id, patients[0]), await joined(house, it.id, patients[1])];
  await house.settle();
  await house.at('2026-03-02T08:01:01Z');
  const { groups } = await impactOf(house, '05');
  const bare = await leave(house, '05');
  assert.equal([bare.status, bare.body.type], [422, '/problems/leave-without-outcome']);
  assert.equal([bare.body.count, bare.body.appointments, bare.body.groups, bare.body.hidden], [1, [], [it.id], 0]);
  const kept = await leave(house, '05', { ...of(it), outcome: 'keep', reason: 'They insist' });
  assert.equal([kept.status, kept.body.type], [422, '/problems/group-as-a-whole']);
  const alone = await leave(house, '05', ...seats.map((seat) => ({ ...of(seat), outcome: 'cancel', reason: 'Away' })));
  assert.is(alone.status, 404, 'who comes is not taken out of the group');
  const [place] = groups[0].proposals;
  const stale = await leave(house, '05', { ...of(it), version: 7, ...to(place) });
  assert.is(stale.status, 412);
  const { startsAt: start, endsAt: end } = at('05T13:00');
  const within = await leave(house, '05', { ...of(it), ...to({ ...place, start, end }) });
  assert.is(within.body.type, '/problems/appointment-outside-availability');
  assert.is((await read(house, `groups/${it.id}`)).version, it.version, 'nothing of it was kept');

  const taken = await leave(house, '05', { ...of(it), ...to(place) });
  assert.is(taken.status, 201, JSON.stringify(taken.body));
  const after = await read(house, `groups/${it.id}`);
  assert.equal([after.startsAt, after.left, after.participants.length], [place.start, 18, 2]);
  await house.settle();
  await house.at('2026-03-02T08:05:00Z');
  for (const patientId of patients) assert.is(await timesToldOf(house, 'appointment-rescheduled', patientId), 1);
});

test('called off with the leave, each who comes is called off and told once', async ({ house }) => {
  const it = await open(house, '09T09:00');
  const patients = [await house.agreed(), await house.agreed()];
  for (const patientId of patients) await joined(house, it.id, patientId);
  await house.settle();
  await house.at('2026-03-02T08:01:01Z');
  const taken = await leave(house, '09', { ...of(it), outcome: 'cancel', reason: 'The doctor is away' });
  assert.is(taken.status, 201, JSON.stringify(taken.body));
  const { status, participants } = await read(house, `groups/${it.id}`);
  assert.equal([status, participants.length], ['cancelled', 2]);
  for (const one of participants) assert.equal([one.status, one.cancellationReason], ['cancelled', 'The doctor is away']); // prettier-ignore
  await house.settle();
  await house.at('2026-03-02T08:05:00Z');
  for (const patientId of patients) assert.is(await timesToldOf(house, 'appointment-cancelled', patientId), 1);
});

test('once somebody of it is here, those who are still expected are settled one by one; nobody joins any more', async ({
  house,
}) => {
  const it = await open(house, '02T13:00');
  const [here, late] = [await joined(house, it.id), await joined(house, it.id)];
  assert.is((await house.clerk.post(`/api/appointments/${here.id}/check-in`, {}, etag(1))).status, 200);
  const { items, groups } = await impactOf(house, '02');
  assert.equal(groups, []);
  assert.equal(items.map(({ appointment }: { appointment: { id: string } }) => appointment.id), [late.id]); // prettier-ignore
  const taken = await leave(house, '02', { ...of(late), outcome: 'cancel', reason: 'The doctor is away' });
  assert.is(taken.status, 201, JSON.stringify(taken.body));
  const refused = await join(house, it.id);
  assert.equal([refused.status, refused.body.type], [422, '/problems/appointment-outside-availability']);
});

test('nobody joins or opens a group while a leave is decided, nor in the leave', async ({ house }) => {
  const it = await open(house, '10T09:00');
  const [practitionerId] = house.practitioners;
  const patientId = await house.patient();
  let asked: Promise<{ status: number; body: { type: string } }>[] = [];
  await house.db.transaction(async (tx) => {
    await lockHours(tx, practitionerId);
    asked = [join(house, it.id, patientId), group(house, '10T14:00')];
    const early = await Promise.race([...asked, new Promise((resolve) => setTimeout(resolve, 700, 'they wait'))]);
    assert.is(early, 'they wait');
    const span = { startsAt: '2026-03-09T23:00:00Z', endsAt: '2026-03-10T23:00:00Z' };
    await insertLeave(tx, practitionerId, span, { ...on('10'), kind: 'sick' });
  });
  for (const { status, body } of [...(await Promise.all(asked)), await group(house, '10T15:00')])
    assert.equal([status, body.type], [422, '/problems/appointment-outside-availability']);
  assert.is((await read(house, `groups/${it.id}`)).left, 20);
});

test('who joins while a leave moves the group comes along, and is never left behind in the leave', async ({
  house,
}) => {
  for (const day of ['17', '18', '19']) {
    const it = await open(house, `${day}T09:00`);
    const { groups } = await impactOf(house, day);
    const patients: string[] = [];
    for (let n = 0; n < 10; n++) patients.push(await house.patient());
    const joins = patients.map((patientId) => join(house, it.id, patientId));
    const taken = await leave(house, day, { ...of(it), ...to(groups[0].proposals[1]) });
    assert.is(taken.status, 201, JSON.stringify(taken.body));
    for (const { status, body } of await Promise.all(joins)) assert.is(status, 201, JSON.stringify(body));
    const after = await read(house, `groups/${it.id}`);
    assert.equal([after.startsAt, after.practitionerId], [groups[0].proposals[1].start, house.practitioners[1]]);
    assert.equal([after.left, after.participants.length], [10, 10]);
  }
});

test('a patient whom one may not see is counted, and somebody who may see them settles the group', async ({
  house,
}) => {
  const it = await open(house, '24T09:00');
  const concealed = await house.patient('Concealed');
  await joined(house, it.id);
  await joined(house, it.id, concealed);
  await house.asAdmin(`insert into core.subject_label (subject_id, label) values ('${concealed}', 'restricted')`);
  const { items, groups, hidden } = await impactOf(house, '24');
  assert.equal([items, groups[0].coming, hidden], [[], 2, 1]);
  assert.not.match(JSON.stringify(groups), new RegExp(`Concealed|${concealed}`));
  const cancel = { ...of(it), outcome: 'cancel', reason: 'The doctor is away' };
  const refused = await leave(house, '24', cancel);
  assert.equal([refused.status, refused.body.type], [409, '/problems/group-hidden']);
  assert.not.match(JSON.stringify(refused.body), new RegExp(`Concealed|${concealed}`));
  await house.asAdmin(
    `insert into core.clearance (user_id, label) select id, 'restricted' from auth."user" where username = 'receptionist'`,
  );
  assert.is((await impactOf(house, '24')).hidden, 0);
  assert.is((await leave(house, '24', cancel)).status, 201);
  const isLeft = await house.db.exists(
    sql.unsafe`select from scheduling.appointment where patient_id = ${concealed} and status <> 'cancelled'`,
  );
  assert.not.ok(isLeft);
});

test.run();
