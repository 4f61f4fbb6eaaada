import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { amend, between, etag, startHospital, weekdays, type Hospital } from './hospital.ts';

const test = suite<{ hms: Hospital }>('scheduling: days that are otherwise, holidays and clock changes');
test.before(async (at) => {
  at.hms = await startHospital();
});
test.after((at) => at.hms?.stop());

const starts = async (hms: Hospital, date: string, serviceId = hms.service): Promise<string[]> => {
  const query = `practitionerId=${hms.practitioners[0]}&serviceId=${serviceId}&from=${date}T00:00:00Z&to=${date}T23:59:00Z`;
  const { status, body } = await hms.clerk.get(`/api/slots?${query}`);
  assert.is(status, 200, JSON.stringify(body));
  return body.items.map((it: { start: string }) => it.start.slice(11, 16));
};
const put = (hms: Hospital, body: object) => amend(hms.clerk, `/api/availability/${hms.practitioners[0]}`, body);

test('a day has hours more or less; extra hours stand instead of the weekly ones that they touch', async ({ hms }) => {
  const windows = weekdays('09:00', '10:00');
  const exceptions = [
    { onDate: '2026-03-03', startTime: '09:30', endTime: '10:00', open: false, note: 'Meeting' },
    { onDate: '2026-03-07', startTime: '10:00', endTime: '11:00', open: true },
    { onDate: '2026-03-04', startTime: '09:30', endTime: '11:00', open: true, locationId: hms.rooms[1] },
  ];
  const saved = await put(hms, { windows, exceptions });
  assert.equal([saved.status, saved.body.exceptions.length], [200, 3], JSON.stringify(saved.body));
  assert.equal(await starts(hms, '2026-03-03'), ['08:00']);
  assert.equal(await starts(hms, '2026-03-07'), ['09:00', '09:30'], 'a Saturday');
  assert.equal(await starts(hms, '2026-03-04'), ['08:00', '08:30', '09:00', '09:30']);
  const left = await put(hms, { windows });
  assert.is(left.body.exceptions.length, 3, 'what is not sent stays');
  const twice = await put(hms, { windows, exceptions: [...exceptions, { ...exceptions[0], startTime: '09:45' }] });
  assert.equal([twice.status, twice.body.type], [422, '/problems/availability-exception-no-overlap']);
  const backwards = await put(hms, { windows, exceptions: [{ ...exceptions[0], endTime: '09:30' }] });
  assert.is(backwards.status, 422);
});

test('hours of one service are for that service', async ({ hms }) => {
  const { body } = await hms.admin.post('/api/services', {
    name: 'Vaccination',
    departmentId: hms.department,
    durationMinutes: 30,
  });
  await put(hms, {
    windows: [
      ...weekdays('09:00', '10:00'),
      ...weekdays('10:00', '11:00').map((it) => ({ ...it, serviceId: body.id })),
    ],
    exceptions: [],
  });
  assert.equal(await starts(hms, '2026-03-05'), ['08:00', '08:30']);
  assert.equal(await starts(hms, '2026-03-05', body.id), ['08:00', '08:30', '09:00', '09:30']);
  const book = async (serviceId: string) =>
    (
      await hms.clerk.post('/api/appointments', {
        patientId: await hms.patient(),
        practitionerId: hms.practitioners[0],
        serviceId,
        ...between('2026-03-05T10:00:00+01:00', 30),
      })
    ).status;
  assert.equal([await book(hms.service), await book(body.id)], [422, 201]);
});

test('on a holiday the house is closed, but for hours that are also on holidays', async ({ hms }) => {
  await put(hms, { windows: weekdays('09:00', '10:00') });
  const made = await hms.clerk.post('/api/holidays', { onDate: '2026-04-06', name: 'Easter Monday' });
  assert.is(made.status, 201, JSON.stringify(made.body));
  assert.is((await hms.clerk.post('/api/holidays', { onDate: '2026-04-06', name: 'Twice' })).status, 409);
  assert.equal(await starts(hms, '2026-04-06'), []);
  await put(hms, { windows: weekdays('09:00', '10:00').map((it) => ({ ...it, onHolidays: true })) });
  assert.equal(await starts(hms, '2026-04-06'), ['07:00', '07:30']);
  await put(hms, { windows: weekdays('09:00', '10:00') });
  assert.is((await hms.clerk.del(`/api/holidays/${made.body.id}`, etag(7))).status, 412);
  assert.is((await hms.clerk.del(`/api/holidays/${made.body.id}`, etag(made.body.version))).status, 204);
  assert.equal(await starts(hms, '2026-04-06'), ['07:00', '07:30']);
});

test('a wall time that the clocks skip is no time; the same instant written otherwise is one', async ({ hms }) => {
  const night = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, startTime: '00:00', endTime: '06:00' }));
  await put(hms, { windows: night });
  const book = async (startsAt: string) =>
    (
      await hms.clerk.post('/api/appointments', {
        patientId: await hms.patient(),
        practitionerId: hms.practitioners[0],
        serviceId: hms.service,
        ...between(startsAt, 30),
        startsAt,
      })
    ).body;
  const skipped = await book('2026-03-29T02:30:00+01:00');
  assert.equal(
    [skipped.status, skipped.type, skipped.zone],
    [422, '/problems/appointment-in-clock-gap', 'Europe/Berlin'],
  );
  assert.is((await book('2026-03-29T02:30:00+02:00')).type, '/problems/appointment-in-clock-gap');
  const gap = { ...between('2026-03-29T02:30:00+01:00', 30), startsAt: '2026-03-29T02:30:00+01:00' };
  const someone = { patientId: await hms.patient(), serviceId: hms.service };
  for (const [door, wanted] of [
    ['/api/appointments', { ...someone, ...gap }],
    ['/api/holds', { ...someone, ...gap, practitionerId: hms.practitioners[0] }],
    ['/api/holds', { ...someone, ...gap }],
  ] as const) {
    const { status, body } = await hms.clerk.post(door, wanted);
    assert.equal([status, body.type, body.zone], [422, '/problems/appointment-in-clock-gap', 'Europe/Berlin'], door);
  }
  assert.is((await book('2026-03-29T01:30:00Z')).startsAt, '2026-03-29T01:30:00Z', 'an instant');
  // The doubled hour is two: by its offset.
  assert.is((await book('2026-10-25T02:30:00+02:00')).startsAt, '2026-10-25T00:30:00Z');
  assert.is((await book('2026-10-25T02:30:00+01:00')).startsAt, '2026-10-25T01:30:00Z');
});

test('the next two clock changes are shown, with what becomes of the hours', async ({ hms }) => {
  await put(hms, {
    windows: [
      { weekday: 7, startTime: '01:00', endTime: '04:00' },
      { weekday: 7, startTime: '09:00', endTime: '12:00' },
    ],
  });
  const { items } = (await hms.clerk.get(`/api/availability/${hms.practitioners[0]}/clock-changes`)).body;
  assert.equal(
    items.map((it: { onDate: string; shift: number; from: string; to: string }) => [
      it.onDate,
      it.shift,
      it.from,
      it.to,
    ]),
    [
      ['2026-03-29', 60, '02:00', '03:00'],
      ['2026-10-25', -60, '02:00', '03:00'],
    ],
  );
  assert.equal(
    items.map((it: { hours: { startTime: string; minutes: number; usually: number }[] }) =>
      it.hours.map(({ startTime, minutes, usually }) => [startTime, minutes, usually]),
    ),
    [[['01:00', 120, 180]], [['01:00', 240, 180]]],
  );
  await put(hms, { zone: 'Asia/Kolkata', windows: [] });
  const none = await hms.clerk.get(`/api/availability/${hms.practitioners[0]}/clock-changes`);
  assert.equal(none.body.items, []);
});
test.run();
