import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import type { Answer } from '../hms.ts';
import { amend, between, etag, startHospital, tuesday, weekdays, type Hospital } from './hospital.ts';
import { broken } from './invariants.ts';

const test = suite<{ hms: Hospital }>('scheduling: appointments that repeat');
test.before(async (at) => {
  at.hms = await startHospital();
});
test.after.each(async ({ hms }) => {
  assert.equal(await broken(hms), []);
});
test.after((at) => at.hms?.stop());

interface Body {
  patientId: string;
  startOn: string;
  startTime: string;
  rule: object;
  [more: string]: unknown;
}
const wish = async (hms: Hospital, startTime: string, more: object = {}): Promise<Body> => ({
  patientId: await hms.patient(),
  practitionerId: hms.practitioners[0],
  serviceId: hms.service,
  zone: 'Europe/Berlin',
  startOn: '2026-03-03',
  startTime,
  minutes: 30,
  rule: { frequency: 'weekly', count: 5 },
  ...more,
});
const book = async (hms: Hospital, wanted: Body) => {
  const answer = await hms.clerk.post('/api/series', wanted);
  assert.is(answer.status, 201, JSON.stringify(answer.body));
  return answer.body;
};
const verb = (hms: Hospital, it: { id: string; version: number }, name: string, body: object): Promise<Answer> =>
  hms.clerk.post(`/api/series/${it.id}/${name}`, body, etag(it.version));
const done = (answer: Answer) => {
  assert.is(answer.status, 200, JSON.stringify(answer.body));
  return answer.body;
};
interface Occurrence {
  on: string;
  appointmentId: string;
  status: string | null;
  startsAt: string;
  isException: boolean;
}
const startsOf = (series: { occurrences: Occurrence[] }) => series.occurrences.map((it) => it.startsAt);
const statusesOf = (series: { occurrences: Occurrence[] }) => series.occurrences.map((it) => it.status);
const rowsOf = async (hms: Hospital, patientId: string): Promise<number> =>
  hms.db.oneFirst(sql.type(z.strictObject({ n: z.int() }))`
    select (select count(*) from scheduling.appointment where patient_id = ${patientId}) + (select count(*) from scheduling.series where patient_id = ${patientId})
      + (select count(*) from scheduling.occurrence where patient_id = ${patientId}) + (select count(*) from scheduling.occupancy where patient_id = ${patientId}) as n
  `);
const taken = (hms: Hospital, patientId: string, startsAt: string) =>
  hms.clerk.post('/api/appointments', {
    patientId,
    practitionerId: hms.practitioners[0],
    serviceId: hms.service,
    ...between(startsAt, 30),
  });

test('keeps its wall time over a clock change, and each occurrence is an appointment (S4, S6)', async ({ hms }) => {
  const series = await book(hms, await wish(hms, '09:00', { reason: 'Physiotherapy' }));
  assert.equal(startsOf(series), [
    '2026-03-03T08:00:00Z',
    '2026-03-10T08:00:00Z',
    '2026-03-17T08:00:00Z',
    '2026-03-24T08:00:00Z',
    '2026-03-31T07:00:00Z',
  ]);
  const { body } = await hms.clerk.get(`/api/appointments/${series.occurrences[2].appointmentId}`);
  assert.equal(body.series, { id: series.id, version: 1, on: '2026-03-17', number: 3, count: 5 });
  assert.is(body.locationName, 'Room 1');
  assert.is(body.reason, 'Physiotherapy');
  const found = await hms.clerk.get(`/fhir/R4/Appointment?identifier=urn:openward:series|${series.id}&_count=50`);
  assert.is(found.body.total ?? found.body.entry.length, 5);
  assert.equal(found.body.entry[0].resource.identifier, [{ system: 'urn:openward:series', value: series.id }]);
  const record = (await hms.clerk.get(`/api/patients/${series.patientId}/record`)).body.appointments;
  assert.is(record.items[0].series.number, 5);
});

test('all dates are looked at; one that is not free refuses all, with what is free next; nothing is left of it (S4)', async ({
  hms,
}) => {
  const wanted = await wish(hms, '09:30');
  assert.is((await taken(hms, await hms.patient(), '2026-03-31T09:30:00+02:00')).status, 201);
  const before = await rowsOf(hms, wanted.patientId);
  const events = sql.type(z.strictObject({ n: z.int() }))`select count(*) as n from core.outbox`;
  const eventsBefore = await hms.db.oneFirst(events);
  const answer = await hms.clerk.post('/api/series', wanted);
  assert.is(answer.status, 409);
  assert.is(answer.body.type, '/problems/series-not-free');
  assert.equal(
    answer.body.dates.map(({ on, problem, taken: who }: Record<string, string>) => [on, problem, who]),
    [['2026-03-31', 'occupancy_no_overlap', 'practitioner']],
  );
  assert.equal(
    answer.body.dates[0].next.map(({ start }: { start: string }) => start),
    ['2026-03-31T08:00:00Z', '2026-03-31T08:30:00Z', '2026-03-31T09:00:00Z'],
  );
  assert.is(await rowsOf(hms, wanted.patientId), before);
  assert.is(await hms.db.oneFirst(events), eventsBefore);
});

test('the preview says the same, and the person takes what is free, another time, and leaves one out', async ({
  hms,
}) => {
  const wanted = await wish(hms, '10:00', { rule: { frequency: 'weekly', count: 4 } });
  await taken(hms, await hms.patient(), '2026-03-10T10:00:00+01:00');
  await taken(hms, wanted.patientId, '2026-03-17T10:15:00+01:00');
  const before = await rowsOf(hms, wanted.patientId);
  const { status, body: preview } = await hms.clerk.post('/api/series/preview', wanted);
  assert.is(status, 200, JSON.stringify(preview));
  assert.is(await rowsOf(hms, wanted.patientId), before, 'a preview changes nothing');
  assert.equal(
    preview.items.map(({ on, problem, taken: who }: Record<string, string>) => [on, problem, who]),
    [
      ['2026-03-03', null, null],
      ['2026-03-10', 'occupancy_no_overlap', 'practitioner'],
      ['2026-03-17', 'occupancy_no_overlap', 'patient'],
      ['2026-03-24', null, null],
    ],
  );
  const instead = preview.items[1].next[0].start;
  const dates = [{ on: '2026-03-03' }, { on: '2026-03-10', startsAt: instead }, { on: '2026-03-24' }];
  const series = await book(hms, { ...wanted, dates });
  assert.equal(statusesOf(series), ['booked', 'booked', null, 'booked']);
  assert.is(series.occurrences[1].startsAt, instead);
  const other = await hms.clerk.post('/api/series', { ...(await wish(hms, '10:00')), dates: [{ on: '2026-03-04' }] });
  assert.is(other.body.type, '/problems/series-date-unknown');
  const stale = await hms.clerk.post('/api/series', { ...(await wish(hms, '10:00')), dates: [{ on: '2026-03-03' }, { on: '2026-03-31' }] }); // prettier-ignore
  assert.is(stale.status, 409, 'what was accepted and is no longer free refuses all');
});

test('a wall time that the clock skips is said, with free times around it; closed days too', async ({ hms }) => {
  await amend(hms.admin, `/api/availability/${hms.practitioners[1]}`, {
    zone: 'Europe/Berlin',
    windows: [{ weekday: 7, startTime: '01:00', endTime: '05:00' }, ...weekdays('09:00', '12:00', hms.rooms[1])],
  });
  const wanted = await wish(hms, '02:30', {
    practitionerId: hms.practitioners[1],
    startOn: '2026-03-22',
    rule: { frequency: 'weekly', count: 3 },
  });
  const { items } = (await hms.clerk.post('/api/series/preview', wanted)).body;
  assert.equal(
    items.map(({ on, problem }: Record<string, string>) => [on, problem]),
    [['2026-03-22', null], ['2026-03-29', 'appointment_in_clock_gap'], ['2026-04-05', null]], // prettier-ignore
  );
  assert.ok(items[1].next.length > 0);
  await hms.admin.post('/api/holidays', { onDate: '2026-04-06', name: 'Easter Monday' });
  const monday = await wish(hms, '09:00', { startOn: '2026-03-30', rule: { frequency: 'weekly', count: 2 } });
  const holiday = (await hms.clerk.post('/api/series/preview', monday)).body.items;
  assert.equal(holiday.map((it: { problem: string }) => it.problem), [null, 'appointment_outside_availability']); // prettier-ignore
});

test('rules of days, weekdays, and weekdays of the month; how many there may be', async ({ hms }) => {
  const datesFor = async (rule: object, startOn = '2026-03-03') => {
    const { body } = await hms.clerk.post('/api/series/preview', await wish(hms, '11:30', { startOn, rule }));
    return body.items?.map((it: { on: string }) => it.on) ?? body.type;
  };
  assert.equal(await datesFor({ frequency: 'daily', every: 2, count: 3 }), ['2026-03-03', '2026-03-05', '2026-03-07']);
  assert.equal(await datesFor({ frequency: 'weekly', every: 2, weekdays: [4, 2], untilOn: '2026-03-19' }), [
    '2026-03-03', '2026-03-05', '2026-03-17', '2026-03-19',
  ]); // prettier-ignore
  assert.equal(await datesFor({ frequency: 'monthly', count: 3 }, '2026-03-31'), [
    '2026-03-31',
    '2026-05-31',
    '2026-07-31',
  ]);
  assert.equal(await datesFor({ frequency: 'monthly', weekdays: [5], nth: -1, count: 3 }), [
    '2026-03-27', '2026-04-24', '2026-05-29',
  ]); // prettier-ignore
  assert.equal(await datesFor({ frequency: 'monthly', weekdays: [2], nth: 2, count: 2 }), ['2026-03-10', '2026-04-14']);
  assert.is(await datesFor({ frequency: 'daily', untilOn: '2026-06-30' }), '/problems/series-too-long');
  assert.is(await datesFor({ frequency: 'weekly', untilOn: '2026-03-01' }), '/problems/series-empty');
  assert.is(await datesFor({ frequency: 'weekly' }), '/problems/invalid');
  assert.is(await datesFor({ frequency: 'weekly', count: 105 }), '/problems/invalid');
});

test('this, this and following, all: exceptions stay, what was called off stays so, the past is not touched (S5)', async ({
  hms,
}) => {
  const wanted = await wish(hms, '13:00', { rule: { frequency: 'weekly', count: 6 } });
  let series = await book(hms, wanted);
  const at = (n: number): Occurrence => series.occurrences[n];
  // The second is moved on its own through the ordinary door, the third called off on its own.
  const moved = await hms.clerk.post(
    `/api/appointments/${at(1).appointmentId}/reschedule`,
    between('2026-03-10T16:00:00+01:00', 30),
    etag(1),
  );
  assert.is(moved.status, 200);
  series = done(await verb(hms, series, 'cancel', { scope: 'this', on: '2026-03-17', reason: 'Holiday' }));
  assert.equal(series.occurrences.map((it: Occurrence) => it.isException), [false, true, false, false, false, false]); // prettier-ignore

  series = done(await verb(hms, series, 'change', { scope: 'all', startTime: '14:00', reason: 'New note' }));
  assert.equal(startsOf(series), [
    '2026-03-03T13:00:00Z',
    '2026-03-10T15:00:00Z', // stays
    '2026-03-17T12:00:00Z', // called off
    '2026-03-24T13:00:00Z',
    '2026-03-31T12:00:00Z',
    '2026-04-07T12:00:00Z',
  ]);
  assert.equal(statusesOf(series), ['booked', 'booked', 'cancelled', 'booked', 'booked', 'booked']);
  const noted = await hms.clerk.get(`/api/appointments/${at(2).appointmentId}`);
  assert.is(noted.body.reason, 'New note', 'the note is spread to what was called off');
  assert.is(noted.body.status, 'cancelled');

  series = done(await verb(hms, series, 'change', { scope: 'following', on: '2026-03-31', shiftDays: 1, minutes: 45 }));
  assert.equal(startsOf(series).slice(3), ['2026-03-24T13:00:00Z', '2026-04-01T12:00:00Z', '2026-04-08T12:00:00Z']);
  assert.is(series.shiftDays, 1);

  series = done(await verb(hms, series, 'change', { scope: 'all', startTime: '15:00', exceptions: 'include' }));
  assert.equal(startsOf(series).slice(0, 3), ['2026-03-03T14:00:00Z', '2026-03-10T14:00:00Z', '2026-03-17T12:00:00Z']);

  series = done(await verb(hms, series, 'extend', { count: 2 }));
  assert.equal(startsOf(series).slice(6), ['2026-04-15T13:00:00Z', '2026-04-22T13:00:00Z']);
  assert.is(statusesOf(series)[2], 'cancelled', 'extending brings nothing back');
  const dates = series.occurrences.map((it: Occurrence) => it.on);
  assert.is(new Set(dates).size, dates.length);

  // One has come, one is over.
  await hms.clerk.post(`/api/appointments/${at(0).appointmentId}/check-in`, {}, etag((await hms.clerk.get(`/api/appointments/${at(0).appointmentId}`)).body.version)); // prettier-ignore
  series = done(await verb(hms, series, 'cancel', { scope: 'all', reason: 'Recovered' }));
  assert.equal(statusesOf(series), ['checked-in', ...Array(7).fill('cancelled')]);
  const nothing = await verb(hms, series, 'change', { scope: 'all', startTime: '09:00' });
  assert.is(nothing.body.type, '/problems/series-nothing-left');
});

test('a move of the series by its own interval is not in its own way; one that cannot be moves none', async ({
  hms,
}) => {
  const series = await book(hms, await wish(hms, '16:30', { rule: { frequency: 'weekly', count: 4 } }));
  const week = done(await verb(hms, series, 'change', { scope: 'all', shiftDays: 7 }));
  assert.is(startsOf(week)[0], '2026-03-10T15:30:00Z');
  await taken(hms, await hms.patient(), '2026-03-31T15:30:00+02:00');
  const refused = await verb(hms, week, 'change', { scope: 'all', startTime: '15:30' });
  assert.is(refused.status, 409);
  assert.equal(refused.body.dates.map((it: { on: string }) => it.on), ['2026-03-24']); // prettier-ignore
  const after = (await hms.clerk.get(`/api/series/${series.id}`)).body;
  assert.equal(after, week, 'nothing has changed, the version neither');
});

test('versions: 428 without, 412 when somebody else was faster', async ({ hms }) => {
  const series = await book(hms, await wish(hms, '11:00', { rule: { frequency: 'weekly', count: 2 } }));
  const change = { scope: 'all', minutes: 20 };
  assert.is((await hms.clerk.post(`/api/series/${series.id}/change`, change)).status, 428);
  done(await verb(hms, series, 'change', change));
  assert.is((await verb(hms, series, 'change', change)).status, 412);
  assert.is((await verb(hms, series, 'cancel', { scope: 'all', reason: 'x' })).status, 412);
  assert.is((await (await hms.as('nurse')).post('/api/series', await wish(hms, '11:00'))).status, 403);
  assert.is((await (await hms.as('nurse')).get(`/api/series/${series.id}`)).status, 200);
});

test('undo takes back all that a cancellation called off, or nothing when one time is gone', async ({ hms }) => {
  const wanted = await wish(hms, '15:00', { startOn: '2026-05-05', rule: { frequency: 'weekly', count: 3 } });
  const series = await book(hms, wanted);
  const first = done(await verb(hms, series, 'cancel', { scope: 'this', on: '2026-05-05', reason: 'Away' }));
  const all = done(await verb(hms, first, 'cancel', { scope: 'all', reason: 'By mistake' }));
  assert.is(all.cancelledLast, 2);
  const back = done(await verb(hms, all, 'reinstate', {}));
  assert.equal(statusesOf(back), ['cancelled', 'booked', 'booked'], 'what was called off before stays so');
  assert.is((await verb(hms, back, 'reinstate', {})).body.type, '/problems/series-nothing-left');
  const again = done(await verb(hms, back, 'cancel', { scope: 'all', reason: 'By mistake' }));
  await taken(hms, await hms.patient(), '2026-05-19T15:00:00+02:00');
  const gone = await verb(hms, again, 'reinstate', {});
  assert.is(gone.status, 409);
  assert.equal(gone.body.dates.map((it: { on: string }) => it.on), ['2026-05-19']); // prettier-ignore
  assert.equal(statusesOf((await hms.clerk.get(`/api/series/${series.id}`)).body), Array(3).fill('cancelled'));
});

test('the horizon is kept by the first date, the lead time by each', async ({ hms }) => {
  const { body: service } = await hms.admin.post('/api/services', {
    name: 'Near', departmentId: hms.department, durationMinutes: 30, channels: { desk: { horizonDays: 10, leadMinutes: 2000 } },
  }); // prettier-ignore
  const problems = async (startOn: string) => {
    const wanted = await wish(hms, '09:00', {
      serviceId: service.id,
      startOn,
      rule: { frequency: 'weekly', count: 4 },
    });
    const { body } = await hms.clerk.post('/api/series/preview', wanted);
    return body.items.map((it: { problem: string | null }) => it.problem);
  };
  assert.equal(await problems('2026-03-05'), [null, null, null, null]);
  assert.equal(await problems('2026-04-16'), ['appointment_too_far', null, null, null]);
  assert.is((await problems('2026-03-03'))[0], 'appointment_too_soon');
});

test('twenty series at one time for the same doctor: one is booked whole, nobody hears of a deadlock', async ({
  hms,
}) => {
  const wishes: Body[] = [];
  for (let n = 0; n < 20; n++)
    wishes.push(
      await wish(hms, '10:30', {
        startOn: n % 2 ? '2026-06-02' : '2026-06-09',
        rule: { frequency: 'weekly', count: 4 },
        locationId: hms.rooms[n % 2],
      }),
    );
  const answers = await Promise.all(wishes.map((it) => hms.clerk.post('/api/series', it)));
  const counted = Map.groupBy(answers, ({ status }) => status);
  assert.equal([...counted.keys()].sort(), [201, 409], JSON.stringify([...counted.keys()]));
  assert.is(counted.get(201)!.length, 1);
});

test('singles and changes of series cross each other without a deadlock', async ({ hms }) => {
  const [a, b] = [
    await book(hms, await wish(hms, '09:00', { startOn: '2026-07-07', rule: { frequency: 'weekly', count: 6 } })),
    await book(hms, await wish(hms, '09:30', { startOn: '2026-07-07', rule: { frequency: 'weekly', count: 6 } })),
  ];
  const single = async (series: { occurrences: Occurrence[] }, n: number) =>
    hms.clerk.post(`/api/appointments/${series.occurrences[n]!.appointmentId}/reschedule`, between(`2026-07-${n % 2 ? '16' : '17'}T${13 + Math.floor(n / 2)}:30:00+02:00`, 30), etag(1)); // prettier-ignore
  const answers = await Promise.all([
    verb(hms, a, 'change', { scope: 'all', startTime: '09:30' }),
    verb(hms, b, 'change', { scope: 'all', startTime: '09:00' }),
    ...[0, 1, 2, 3, 4, 5].flatMap((n) => [single(a, n), single(b, n)]),
  ]);
  for (const { status, body } of answers) assert.ok([200, 409, 412].includes(status), JSON.stringify(body));
});

test('tuesday of a single booking is not taken by a series that was called off', async ({ hms }) => {
  const series = await book(
    hms,
    await wish(hms, '16:00', { startOn: '2026-03-03', rule: { frequency: 'weekly', count: 2 } }),
  );
  done(await verb(hms, series, 'cancel', { scope: 'all', reason: 'Away' }));
  assert.is((await hms.clerk.post('/api/appointments', { patientId: await hms.patient(), practitionerId: hms.practitioners[0], serviceId: hms.service, ...tuesday('16:00') })).status, 201); // prettier-ignore
});

test('the one it is asked from is meant too, when it was moved on its own before', async ({ hms }) => {
  const it = await book(hms, await wish(hms, '11:00', { startOn: '2026-04-07' }));
  const [, second, third] = it.occurrences as Occurrence[];
  const alone = { scope: 'this', on: second!.on, startTime: '16:00', shiftDays: 1 };
  const moved = done(await verb(hms, it, 'change', alone));
  assert.is(moved.occurrences[1].isException, true);
  const later = { scope: 'following', on: second!.on, shiftDays: 1, startTime: '16:30' };
  const after = done(await verb(hms, moved, 'change', later));
  assert.equal(
    [after.occurrences[1], after.occurrences[2]].map(({ startsAt }) => startsAt),
    ['2026-04-16T14:30:00Z', '2026-04-22T14:30:00Z'],
    'from where it stood, and the others from where the series has them',
  );
  const again = done(await verb(hms, after, 'change', { scope: 'this', on: third!.on, startTime: '09:00' }));
  const off = done(await verb(hms, again, 'cancel', { scope: 'following', on: third!.on, reason: 'Moved away' }));
  assert.equal(statusesOf(off), ['booked', 'booked', 'cancelled', 'cancelled', 'cancelled']);
});

test('nothing is taken back for somebody who has died', async ({ hms }) => {
  const wanted = await wish(hms, '11:30', { startOn: '2026-04-07' });
  const it = await book(hms, wanted);
  const off = done(await verb(hms, it, 'cancel', { scope: 'all', reason: 'In hospital' }));
  const { body: who } = await hms.clerk.get(`/api/patients/${wanted.patientId}`);
  const died = await hms.clerk.put(`/api/patients/${who.id}/deceased`, { deceased: true, at: '2026-03-02' }, etag(who.version)); // prettier-ignore
  assert.is(died.status, 200, JSON.stringify(died.body));
  const back = await verb(hms, off, 'reinstate', {});
  assert.match(back.body.type, /patient-deceased/);
  assert.equal(new Set(statusesOf((await hms.clerk.get(`/api/series/${it.id}`)).body)), new Set(['cancelled']));
});
test.run();
