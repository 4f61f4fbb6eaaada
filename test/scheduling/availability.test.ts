import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { amend, between, etag, startHospital, weekdays, type Hospital } from './hospital.ts';

const test = suite<{ hms: Hospital }>('scheduling: availability and free times');
test.before(async (at) => {
  at.hms = await startHospital();
});
test.after((at) => at.hms?.stop());

const add = async (hms: Hospital, zone: string, windows: object[]): Promise<string> => {
  const { body } = await hms.admin.post('/api/practitioners', {
    familyName: 'Zone',
    givenName: 'In',
    departmentId: null,
  });
  const put = await amend(hms.admin, `/api/availability/${body.id}`, { zone, windows });
  assert.is(put.status, 200, JSON.stringify(put.body));
  return body.id;
};
const starts = async (hms: Hospital, practitionerId: string, from: string, to: string): Promise<string[]> => {
  const { status, body } = await hms.clerk.get(
    `/api/slots?practitionerId=${practitionerId}&serviceId=${hms.service}&from=${from}&to=${to}`,
  );
  assert.is(status, 200, JSON.stringify(body));
  return body.items.map((it: { start: string }) => it.start);
};
const daily = (startTime: string, endTime: string) =>
  [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, startTime, endTime }));

test('a window keeps its wall time over both clock changes in Berlin (S6)', async ({ hms }) => {
  const id = await add(hms, 'Europe/Berlin', daily('08:00', '09:00'));
  assert.equal(await starts(hms, id, '2026-03-28T00:00:00Z', '2026-03-30T00:00:00Z'), [
    '2026-03-28T07:00:00Z',
    '2026-03-28T07:30:00Z',
    '2026-03-29T06:00:00Z',
    '2026-03-29T06:30:00Z',
  ]);
  assert.equal(await starts(hms, id, '2026-10-24T00:00:00Z', '2026-10-26T00:00:00Z'), [
    '2026-10-24T06:00:00Z',
    '2026-10-24T06:30:00Z',
    '2026-10-25T07:00:00Z',
    '2026-10-25T07:30:00Z',
  ]);
});

test('a night over the clock change is as long as it is', async ({ hms }) => {
  const id = await add(hms, 'Europe/Berlin', daily('01:00', '05:00'));
  assert.is((await starts(hms, id, '2026-03-28T22:00:00Z', '2026-03-29T12:00:00Z')).length, 6, 'three hours in March');
  const october = await starts(hms, id, '2026-10-24T22:00:00Z', '2026-10-25T12:00:00Z');
  assert.is(october.length, 10, 'five hours in October');
  assert.is(new Set(october).size, 10);
});

test('windows that meet within a skipped hour do not overlap as instants', async ({ hms }) => {
  const id = await add(hms, 'Europe/Berlin', [...daily('00:00', '02:45'), ...daily('03:00', '05:00')]);
  const times = await starts(hms, id, '2026-03-28T22:00:00Z', '2026-03-29T12:00:00Z');
  assert.equal(times, [...new Set(times)].sort());
  for (const [n, time] of times.entries())
    if (n > 0)
      assert.ok(
        Temporal.Instant.from(times[n - 1]!)
          .until(time)
          .total('minutes') >= 30,
        `${times[n - 1]} and ${time}`,
      );
});

test('a zone without clock changes, one at half an hour, one beyond the date line', async ({ hms }) => {
  const kolkata = await add(hms, 'Asia/Kolkata', daily('09:00', '09:30'));
  assert.equal(await starts(hms, kolkata, '2026-03-28T00:00:00Z', '2026-03-30T00:00:00Z'), [
    '2026-03-28T03:30:00Z',
    '2026-03-29T03:30:00Z',
  ]);
  // 09:00 on Monday in Kiritimati is Sunday in Berlin.
  const kiritimati = await add(hms, 'Pacific/Kiritimati', [{ weekday: 1, startTime: '09:00', endTime: '09:30' }]);
  assert.equal(await starts(hms, kiritimati, '2026-03-07T00:00:00Z', '2026-03-10T00:00:00Z'), ['2026-03-08T19:00:00Z']);
});

test('midnight: a window until 24:00 and one from 00:00 are one night (S7)', async ({ hms }) => {
  const id = await add(hms, 'Europe/Berlin', [
    { weekday: 2, startTime: '23:00', endTime: '24:00' },
    { weekday: 3, startTime: '00:00', endTime: '01:00' },
  ]);
  assert.equal(await starts(hms, id, '2026-03-03T20:00:00Z', '2026-03-04T04:00:00Z'), [
    '2026-03-03T22:00:00Z',
    '2026-03-03T22:30:00Z',
    '2026-03-03T23:00:00Z',
    '2026-03-03T23:30:00Z',
  ]);
  const booked = await hms.clerk.post('/api/appointments', {
    patientId: await hms.patient(),
    practitionerId: id,
    serviceId: hms.service,
    ...between('2026-03-03T23:45:00+01:00', 30),
  });
  assert.is(booked.status, 201, 'across midnight');
  const appointmentsOn = async (date: string) =>
    (await hms.clerk.get(`/api/schedule/day?date=${date}`)).body.appointments.map((it: { id: string }) => it.id);
  assert.ok(
    (await appointmentsOn('2026-03-03')).includes(booked.body.id),
    'belongs to the day of the hospital on which it starts',
  );
  assert.not.ok((await appointmentsOn('2026-03-04')).includes(booked.body.id));
});

test('valid from and to are days, inclusive', async ({ hms }) => {
  const id = await add(
    hms,
    'Europe/Berlin',
    daily('09:00', '09:30').map((it) => ({ ...it, validFrom: '2026-03-10', validTo: '2026-03-11' })),
  );
  assert.equal(await starts(hms, id, '2026-03-08T00:00:00Z', '2026-03-14T00:00:00Z'), [
    '2026-03-10T08:00:00Z',
    '2026-03-11T08:00:00Z',
  ]);
});

test('past and running times are not free (S9), booked ones neither, also with another length', async ({ hms }) => {
  await hms.setClock('2026-03-04T09:10:00Z'); // 10:10 in Berlin
  const [first] = hms.practitioners;
  const day = () => starts(hms, first, '2026-03-04T00:00:00Z', '2026-03-05T00:00:00Z');
  assert.is((await day())[0], '2026-03-04T09:30:00Z');
  const wish = { patientId: await hms.patient(), practitionerId: first, serviceId: hms.service };
  const booked = await hms.clerk.post('/api/appointments', { ...wish, ...between('2026-03-04T09:30:00Z', 45) });
  assert.is(booked.status, 201);
  assert.equal(
    (await day()).slice(0, 2),
    ['2026-03-04T10:15:00Z', '2026-03-04T12:00:00Z'],
    'what follows a longer visit starts at its end',
  );
  await hms.clerk.post(`/api/appointments/${booked.body.id}/cancel`, { reason: 'Test' }, etag(1));
  assert.is((await day())[0], '2026-03-04T09:30:00Z');
  await hms.setClock('2026-03-02T08:00:00Z');
});

test('the first free time of a department, whoever has it', async ({ hms }) => {
  const { items } = (await hms.clerk.get(`/api/slots?serviceId=${hms.service}&limit=3`)).body;
  assert.is(items.length, 3);
  assert.equal(new Set(items.slice(0, 2).map((it: { practitionerId: string }) => it.practitionerId)).size, 2);
  assert.is(items[0].practitionerName.slice(0, 3), 'Dr ');
  assert.is((await hms.clerk.get('/api/slots')).status, 400);
});

test('refuses windows of one practitioner that overlap (S8), in no order, and unknown zones', async ({ hms }) => {
  const [first] = hms.practitioners;
  const put = (windows: object[], zone = 'Europe/Berlin') =>
    amend(hms.admin, `/api/availability/${first}`, { zone, windows });
  const before = (await hms.clerk.get(`/api/availability/${first}`)).body;
  assert.is(before.zone, 'Europe/Berlin');
  assert.is(before.windows.length, 10);
  assert.equal(before.windows[0], {
    weekday: 1,
    startTime: '09:00',
    endTime: '12:00',
    locationId: hms.rooms[0],
    serviceId: null,
    validFrom: null,
    validTo: null,
    onHolidays: false,
  });
  const overlap = await put([...weekdays('09:00', '12:00'), { weekday: 3, startTime: '11:59', endTime: '13:00' }]);
  assert.is(overlap.status, 422);
  assert.is(overlap.body.type, '/problems/availability-no-overlap');
  assert.is((await put([{ weekday: 3, startTime: '12:00', endTime: '12:00' }])).status, 422);
  assert.is((await put(weekdays('09:00', '12:00'), 'Europe/Atlantis')).status, 422);
  assert.is((await put(weekdays('9:00', '12:00'))).status, 400);
  assert.is((await (await hms.as('doctor')).put(`/api/availability/${first}`, { windows: [] })).status, 403);
  assert.equal((await hms.clerk.get(`/api/availability/${first}`)).body, before, 'a refused change changes nothing');
});

test('the day: who is there when and where, and what is booked', async ({ hms }) => {
  const [first] = hms.practitioners;
  const booked = await hms.clerk.post('/api/appointments', {
    patientId: await hms.patient(),
    practitionerId: first,
    serviceId: hms.service,
    ...between('2026-03-06T09:00:00+01:00', 30),
  });
  const { body } = await hms.clerk.get('/api/schedule/day?date=2026-03-06');
  assert.is(body.zone, 'Europe/Berlin');
  const practitioner = body.practitioners.find((it: { id: string }) => it.id === first);
  assert.is(practitioner.displayName, 'Dr Marsh');
  assert.is(practitioner.departmentName, 'General medicine');
  assert.equal(practitioner.windows, [
    {
      start: '2026-03-06T08:00:00Z',
      end: '2026-03-06T11:00:00Z',
      locationId: hms.rooms[0],
      locationName: 'Room 1',
      locationCapacity: 1,
    },
    {
      start: '2026-03-06T12:00:00Z',
      end: '2026-03-06T16:00:00Z',
      locationId: hms.rooms[0],
      locationName: 'Room 1',
      locationCapacity: 1,
    },
  ]);
  assert.equal(body.appointments, [booked.body]);
  assert.is((await hms.clerk.get('/api/schedule/day?date=2026-02-30')).status, 400);
});

test('the role of patients may ask what is free and sees nobody', async ({ hms }) => {
  const granted = await hms.db.oneFirst(sql.type(z.strictObject({ may: z.boolean() }))`
    select has_function_privilege('patient', 'scheduling.bookable(uuid[], interval, timestamptz, timestamptz, integer, uuid[], uuid, text, uuid[])', 'execute') as may
  `);
  assert.ok(granted);
});

test.run();
