import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { service } from '../../core/actor.ts';
import { sql } from '../../core/database.ts';
import { fillWaitlist } from '../../plugins/scheduling/waitlist/jobs.ts';
import { between, etag, now, startHospital, weekdays, type Hospital } from './hospital.ts';
import { broken } from './invariants.ts';

const test = suite<{ hms: Hospital }>('scheduling: waitlist');
test.before(async (at) => {
  at.hms = await startHospital(['messaging']);
});
test.after(async (at) => {
  assert.equal(await broken(at.hms), []);
  await at.hms?.stop();
});
// Each test begins with nobody waiting, at a day of its own that is full.
test.before.each(async ({ hms }) => {
  await hms.setClock(now);
  await hms.db.query(sql.unsafe`delete from scheduling.waitlist_entry`);
});

const fill = (hms: Hospital) => fillWaitlist(hms.hms.db(service('scheduling')), hms.hms);
const half = [
  '09:00',
  '09:30',
  '10:00',
  '10:30',
  '11:00',
  '11:30',
  '13:00',
  '13:30',
  '14:00',
  '14:30',
  '15:00',
  '15:30',
  '16:00',
  '16:30',
];
interface Booked {
  id: string;
  version: number;
  startsAt: string;
}
/** Books every half hour of the day with this practitioner. */
const filled = async (hms: Hospital, date: string, n: 0 | 1 = 0): Promise<Booked[]> => {
  const booked: Booked[] = [];
  for (const time of half) {
    const { status, body } = await hms.clerk.post('/api/appointments', {
      patientId: await hms.patient(),
      practitionerId: hms.practitioners[n],
      serviceId: hms.service,
      ...between(`${date}T${time}:00+01:00`, 30),
    });
    assert.is(status, 201, JSON.stringify(body));
    booked.push(body);
  }
  return booked;
};
const cancel = async (hms: Hospital, it: Booked) =>
  assert.is(
    (await hms.clerk.post(`/api/appointments/${it.id}/cancel`, { reason: 'Cannot come' }, etag(it.version))).status,
    200,
  );
const joined = async (hms: Hospital, date: string, more: object = {}, patientId?: string) => {
  const { status, body } = await hms.clerk.post('/api/waitlist', {
    patientId: patientId ?? (await hms.patient()),
    serviceId: hms.service,
    practitionerIds: [hms.practitioners[0]],
    earliestOn: date,
    latestOn: date,
    noticeMinutes: 60,
    ...more,
  });
  assert.is(status, 201, JSON.stringify(body));
  return body;
};
const entryOf = async (hms: Hospital, { id }: { id: string }) => (await hms.clerk.get(`/api/waitlist/${id}`)).body;

test('a cancelled time is offered to whoever comes first, and is nobody else’s meanwhile', async ({ hms }) => {
  const day = '2026-03-03';
  const booked = await filled(hms, day);
  const [late, first, urgent] = [
    await joined(hms, day),
    await joined(hms, day),
    await joined(hms, day, { priority: 'urgent' }),
  ];
  await fill(hms);
  assert.is((await entryOf(hms, urgent)).offer, null, 'the day is full');
  await cancel(hms, booked[3]!);
  await fill(hms);
  const { offer } = await entryOf(hms, urgent);
  assert.equal([offer?.startsAt, offer?.expiresAt], [booked[3]!.startsAt, '2026-03-02T10:00:00Z']);
  assert.equal([(await entryOf(hms, first)).offer, (await entryOf(hms, late)).offer], [null, null]);
  const other = await hms.clerk.post('/api/appointments', {
    patientId: await hms.patient(),
    practitionerId: hms.practitioners[0],
    serviceId: hms.service,
    ...between(booked[3]!.startsAt, 30),
  });
  assert.is(other.status, 409);

  const declined = await hms.clerk.post(`/api/waitlist-offers/${offer.id}/decline`);
  assert.equal(
    [declined.status, declined.body.offer, declined.body.offersBefore],
    [200, null, 1],
    JSON.stringify(declined.body),
  );
  await fill(hms);
  const next = (await entryOf(hms, late)).offer;
  assert.is(next?.startsAt, booked[3]!.startsAt, 'goes to who has waited longest');

  await hms.setClock('2026-03-02T10:00:01Z');
  assert.is((await hms.clerk.post(`/api/waitlist-offers/${next.id}/accept`)).body.type, '/problems/offer-gone');
  await fill(hms);
  await fill(hms);
  const last = (await entryOf(hms, first)).offer;
  const taken = await hms.clerk.post(`/api/waitlist-offers/${last.id}/accept`);
  assert.equal(
    [taken.status, taken.body.status, taken.body.patientId],
    [200, 'booked', first.patientId],
    JSON.stringify(taken.body),
  );
  const done = await entryOf(hms, first);
  assert.equal([done.status, done.appointmentId], ['booked', taken.body.id]);
  const again = await hms.clerk.post(`/api/waitlist-offers/${last.id}/accept`);
  assert.equal([again.status, again.body.type], [410, '/problems/offer-gone']);
});

test('only a time that suits is offered', async ({ hms }) => {
  const day = '2026-03-04';
  const booked = await filled(hms, day);
  const afternoon = await joined(hms, day, { fromTime: '13:00', toTime: '15:00' });
  const monday = await joined(hms, '2026-03-04', { weekdays: [1] });
  const notice = await joined(hms, day, { noticeMinutes: 43_200 });
  const other = await joined(hms, day, { practitionerIds: [hms.practitioners[1]], fromTime: '09:00', toTime: '09:30' });
  await filled(hms, day, 1);
  await fill(hms);
  for (const n of [0, 6, 9, 10]) await cancel(hms, booked[n]!); // 09:00, 13:00, 14:30, 15:00
  await fill(hms);
  assert.is((await entryOf(hms, afternoon)).offer?.startsAt, booked[6]!.startsAt);
  for (const entry of [monday, notice, other]) assert.is((await entryOf(hms, entry)).offer, null);
});

test('who is busy then, waits twice, or has left is not asked', async ({ hms }) => {
  const day = '2026-03-05';
  const booked = await filled(hms, day);
  const busy = await joined(hms, day);
  await hms.clerk.post('/api/appointments', {
    patientId: busy.patientId,
    practitionerId: hms.practitioners[1],
    serviceId: hms.service,
    ...between(booked[2]!.startsAt, 30),
  });
  const gone = await joined(hms, day);
  const twice = await hms.clerk.post('/api/waitlist', { patientId: gone.patientId, serviceId: hms.service });
  assert.equal([twice.status, twice.body.type, twice.body.entryId], [409, '/problems/waitlist-once', gone.id]);
  assert.is(
    (await hms.clerk.post(`/api/waitlist/${gone.id}/withdraw`, {}, etag(gone.version))).body.status,
    'withdrawn',
  );
  const third = await joined(hms, day);
  await cancel(hms, booked[2]!);
  await fill(hms);
  assert.is((await entryOf(hms, third)).offer?.startsAt, booked[2]!.startsAt);
  assert.is((await entryOf(hms, busy)).offer, null);
});

test('a move, a no-show before the start and new hours free time as well', async ({ hms }) => {
  const day = '2026-03-06';
  const booked = await filled(hms, day);
  const one = await joined(hms, day);
  await hms.clerk.post(
    `/api/appointments/${booked[0]!.id}/reschedule`,
    between('2026-03-09T09:00:00+01:00', 30),
    etag(booked[0]!.version),
  );
  await fill(hms);
  assert.is((await entryOf(hms, one)).offer?.startsAt, booked[0]!.startsAt);
  const two = await joined(hms, day);
  await hms.clerk.post(`/api/appointments/${booked[1]!.id}/no-show`, {}, etag(booked[1]!.version));
  await fill(hms);
  assert.is((await entryOf(hms, two)).offer?.startsAt, booked[1]!.startsAt);
  const saturday = '2026-03-07';
  const three = await joined(hms, saturday);
  await fill(hms);
  assert.is((await entryOf(hms, three)).offer, null);
  const windows = [...weekdays('09:00', '12:00', hms.rooms[0]), ...weekdays('13:00', '17:00', hms.rooms[0])];
  const path = `/api/availability/${hms.practitioners[0]}`;
  const { headers } = await hms.admin.get(path);
  const put = await hms.admin.put(
    path,
    {
      zone: 'Europe/Berlin',
      windows: [...windows, { weekday: 6, startTime: '10:00', endTime: '11:00', locationId: hms.rooms[0] }],
    },
    headers.get('etag') ? { 'if-match': headers.get('etag')! } : {},
  );
  assert.is(put.status, 200, JSON.stringify(put.body));
  await fill(hms);
  assert.is((await entryOf(hms, three)).offer?.startsAt, '2026-03-07T09:00:00Z');
});

test('at night nobody has to answer', async ({ hms }) => {
  const day = '2026-03-10';
  const booked = await filled(hms, day);
  const one = await joined(hms, day);
  await hms.setClock('2026-03-02T22:00:00Z');
  await cancel(hms, booked[5]!);
  await fill(hms);
  assert.is((await entryOf(hms, one)).offer?.expiresAt, '2026-03-03T09:00:00Z'); // 08:00 in Berlin and two hours
});

test('fifty wait, twenty times are freed, each is accepted ten times at once: every time has exactly one patient', async ({
  hms,
}) => {
  const [dayA, dayB] = ['2026-03-11', '2026-03-12'];
  const times = [...(await filled(hms, dayA)), ...(await filled(hms, dayB))].slice(0, 20);
  for (let n = 0; n < 50; n += 1) await joined(hms, dayA, { latestOn: dayB });
  await Promise.all(times.map((it) => cancel(hms, it)));
  await Promise.all([fill(hms), fill(hms)]);
  await fill(hms);
  const { body } = await hms.clerk.get('/api/waitlist?status=waiting&limit=100');
  const offers = body.items.flatMap(({ offer }: { offer: { id: string; startsAt: string } | null }) =>
    offer ? [offer] : [],
  );
  assert.is(offers.length, 20);
  assert.is(new Set(offers.map(({ startsAt }: { startsAt: string }) => startsAt)).size, 20);
  const answers = await Promise.all(
    offers.flatMap(({ id }: { id: string }) =>
      Array.from({ length: 10 }, () => hms.clerk.post(`/api/waitlist-offers/${id}/accept`)),
    ),
  );
  const statuses = answers.map(({ status }) => status);
  assert.equal([statuses.filter((it) => it === 200).length, statuses.filter((it) => it === 410).length], [20, 180]);
  for (const { startsAt } of times) {
    const { body: there } = await hms.clerk.get(
      `/api/appointments?from=${startsAt}&to=${Temporal.Instant.from(startsAt).add({ minutes: 1 }).toString()}&limit=100`,
    );
    const taken = there.items.filter(
      (it: { status: string; practitionerId: string }) =>
        it.status === 'booked' && it.practitionerId === hms.practitioners[0],
    );
    assert.is(taken.length, 1);
  }
  const { body: rest } = await hms.clerk.get('/api/waitlist?status=waiting&limit=100');
  assert.is(rest.items.length, 30);
});

test('the patient is told at once, with the way to the portal, and no more when it is over', async ({ hms }) => {
  const day = '2026-03-13';
  const booked = await filled(hms, day);
  const entry = await joined(hms, day);
  await hms.db.query(sql.unsafe`
    insert into messaging.preference (patient_id, email, sms) values (${entry.patientId}, true, true)
  `);
  await cancel(hms, booked[0]!);
  await fill(hms);
  await hms.settle();
  const { body } = await hms.clerk.get(`/api/messages?patientId=${entry.patientId}`);
  const told = body.items.find(({ kind }: { kind: string }) => kind === 'appointment-offer');
  assert.ok(told, JSON.stringify(body.items));
  const { body: message } = await hms.clerk.get(`/api/messages/${told.id}`);
  assert.match(message.body, /13 March 2026 at 09:00.*11:00 on Monday.*2 March 2026.*\/portal$/);
});

test('a freed time is offered by the hospital itself, within a minute', async ({ hms }) => {
  const day = '2026-03-16';
  const booked = await filled(hms, day);
  const entry = await joined(hms, day);
  await cancel(hms, booked[5]!);
  const since = Date.now();
  while ((await entryOf(hms, entry)).offer === null) {
    assert.ok(Date.now() - since < 60_000, 'nobody has offered it');
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  assert.is((await entryOf(hms, entry)).offer.startsAt, booked[5]!.startsAt);
});
test.run();
