import ical from 'node-ical';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import type { Client } from '../hms.ts';
import { etag, now, startHospital, tuesday, type Hospital } from './hospital.ts';

interface At {
  hms: Hospital;
  doctor: Client;
  /** Whose hours `doctor` has. */
  practitioner: string;
}
const test = suite<At>('scheduling: calendar feeds');
test.before(async (at) => {
  at.hms = await startHospital();
  at.doctor = await at.hms.as('doctor');
  [at.practitioner] = at.hms.practitioners;
  const { db } = at.hms;
  const user = await db.oneFirst(
    sql.type(z.strictObject({ id: z.uuid() }))`select id from auth."user" where username = 'doctor'`,
  );
  await db.query(sql.unsafe`update facility.practitioner set user_id = null where user_id = ${user}`);
  await db.query(sql.unsafe`update facility.practitioner set user_id = ${user} where id = ${at.practitioner}`);
});
test.before.each(async ({ hms }) => {
  await hms.setClock(now);
});
test.after((at) => at.hms?.stop());

const own = '/api/availability/me/calendar-feed';
const make = async (client: Client, path = own, locale = 'en'): Promise<string> => {
  const { status, body } = await client.post(path, { locale });
  assert.is(status, 201, JSON.stringify(body));
  return new URL(body.address).pathname;
};
const open = (hms: Hospital, path: string, headers: Record<string, string> = {}) =>
  hms.anonymous.fetch(path, { headers });
const entries = async (hms: Hospital, path: string) => {
  const answer = await open(hms, path);
  const text = await answer.text();
  assert.is(answer.status, 200, text);
  const all = Object.values(ical.sync.parseICS(text)).filter((it) => it?.type === 'VEVENT') as unknown as {
    uid: string;
    start: Date;
    end: Date;
    summary: string;
    location?: string;
    status: string;
    sequence: string;
    transparency: string;
  }[];
  return { text, all, byStart: (at: string) => all.find((it) => it.start.getTime() === Date.parse(at)) };
};
const book = async ({ hms, practitioner }: At, at: string, patientId?: string) => {
  const { status, body } = await hms.clerk.post('/api/appointments', {
    patientId: patientId ?? (await hms.patient('Secretname')),
    practitionerId: practitioner,
    serviceId: hms.service,
    ...tuesday(at),
    reason: 'Suspected tuberculosis',
  });
  assert.is(status, 201, JSON.stringify(body));
  return body as { id: string; version: number; patientId: string };
};

test('the link shows when one is busy or away: time, place and service; of patients nothing', async (at) => {
  const { hms, doctor } = at;
  const path = await make(doctor);
  const [kept, moved, cancelled] = [await book(at, '09:00'), await book(at, '10:00'), await book(at, '11:00')];
  await hms.clerk.post(`/api/appointments/${moved.id}/reschedule`, tuesday('14:00'), etag(1));
  await hms.clerk.post(`/api/appointments/${cancelled.id}/cancel`, { reason: 'Ill' }, etag(1));
  const leave = await doctor.post('/api/availability/me/leave', {
    fromOn: '2026-03-12',
    toOn: '2026-03-12',
    kind: 'sick',
    note: 'knee',
  });
  assert.is(leave.status, 201, JSON.stringify(leave.body));
  const { text, all, byStart } = await entries(hms, path);
  assert.is(all.length, 4);
  const one = byStart(tuesday('09:00').startsAt)!;
  assert.equal(
    [one.summary, one.location, one.status, Number(one.sequence)],
    ['Consultation', 'Room 1', 'CONFIRMED', 0],
  );
  assert.match(one.uid, new RegExp(`^appointment-${kept.id}@`));
  assert.is(one.end.toISOString(), '2026-03-03T08:30:00.000Z');
  assert.is(Number(byStart(tuesday('14:00').startsAt)!.sequence), 1);
  const gone = byStart(tuesday('11:00').startsAt)!;
  assert.equal([gone.status, gone.transparency], ['CANCELLED', 'TRANSPARENT']);
  const away = byStart('2026-03-11T23:00:00Z')!;
  assert.equal([away.summary, away.end.toISOString()], ['Away', '2026-03-12T23:00:00.000Z']);
  for (const secret of ['Secretname', 'Number', 'tuberculosis', 'sick', 'knee', kept.patientId])
    assert.not.match(text, new RegExp(secret, 'i'));
  const answer = await open(hms, path);
  assert.match(answer.headers.get('content-type')!, /^text\/calendar; charset=utf-8/);
  assert.is(answer.headers.get('cache-control'), 'no-store');
});

test('a held time is tentative until it is over; what is too old or too far is not there', async (at) => {
  const { hms, doctor } = at;
  const path = await make(doctor);
  const held = await hms.clerk.post('/api/holds', {
    patientId: await hms.patient(),
    practitionerId: at.practitioner,
    serviceId: hms.service,
    ...tuesday('15:00'),
  });
  assert.is(held.status, 201);
  assert.is((await entries(hms, path)).byStart(tuesday('15:00').startsAt)?.status, 'TENTATIVE');
  await hms.setClock('2026-03-02T08:10:00Z');
  assert.is((await entries(hms, path)).byStart(tuesday('15:00').startsAt), undefined);
  await hms.setClock('2026-04-03T08:10:00Z');
  assert.is((await entries(hms, path)).all.length, 1, 'the leave of the 12th; the 3rd is more than 30 days ago');
  await hms.setClock('2025-03-01T08:00:00Z');
  assert.is((await entries(hms, path)).all.length, 0, 'more than a year ahead');
});

test('unchanged it is not sent again; changed it is', async (at) => {
  const { hms, doctor } = at;
  const path = await make(doctor);
  const first = await open(hms, path);
  const tag = first.headers.get('etag')!;
  assert.match(tag, /^(W\/)?"[\w-]+"$/);
  assert.is((await open(hms, path, { 'if-none-match': tag })).status, 304);
  await book(at, '13:00');
  assert.is((await open(hms, path, { 'if-none-match': tag })).status, 200);
});

test('a new link ends the old one, and an ended one is as unknown as one that never was', async ({ hms, doctor }) => {
  const old = await make(doctor);
  const path = await make(doctor);
  const wrong = await open(hms, `/api/calendar-feeds/${'x'.repeat(43)}.ics`);
  const hint = async (answer: Response) => [answer.status, (await answer.json()).type];
  assert.equal(await hint(wrong), [404, '/problems/not-found']);
  assert.equal(await hint(await open(hms, old)), [404, '/problems/not-found']);
  for (const guess of [
    path.slice(0, -5) + '.ics',
    path.replace('.ics', 'x.ics'),
    '/api/calendar-feeds/%00.ics',
    '/api/calendar-feeds/a.ics',
  ])
    assert.is((await open(hms, guess)).status, 404, guess);
  assert.is((await open(hms, path)).status, 200);
  assert.is((await doctor.del(own)).status, 204);
  assert.equal(await hint(await open(hms, path)), [404, '/problems/not-found']);
  assert.is((await doctor.del(own)).status, 404, 'there is none to end');
  assert.equal((await doctor.get(own)).body, { feed: null, initials: false });
});

test('only its hash is kept, and whoever makes, reads and ends it is written down', async ({
  hms,
  doctor,
  practitioner,
}) => {
  const path = await make(doctor);
  const secret = /([\w-]+)\.ics$/.exec(path)![1]!;
  assert.is(secret.length, 43, '256 bits');
  await open(hms, path);
  const dump = await hms.db.anyFirst(sql.unsafe`
    select to_jsonb(f)::text from scheduling.calendar_feed f
    union all select to_jsonb(a)::text from core.audit a
    union all select to_jsonb(o)::text from core.outbox o
    union all select to_jsonb(h)::text from core.history h
  `);
  for (const row of dump) assert.not.ok(String(row).includes(secret), String(row));
  await doctor.del(own);
  const Row = z.strictObject({
    route: z.string(),
    actorKind: z.string(),
    object: z.string().nullable(),
    subtype: z.string().nullable(),
    patientIds: z.array(z.string()),
  });
  const rows = await hms.db.any(sql.type(Row)`
    select route, actor_kind, object, subtype, patient_ids from core.audit where route like '%calendar-feed%' order by id desc limit 3
  `);
  assert.equal(
    rows.map((it) => it.route),
    [
      'delete /api/availability/me/calendar-feed',
      'get /api/calendar-feeds/{secret}.ics',
      'post /api/availability/me/calendar-feed',
    ],
  );
  assert.equal(rows[1], {
    route: 'get /api/calendar-feeds/{secret}.ics',
    actorKind: 'anonymous',
    object: `Practitioner/${practitioner}`,
    subtype: 'export',
    patientIds: [],
  });
  const { body } = await doctor.get(own);
  assert.equal(body, { feed: null, initials: false });
});

test('an administrator makes and ends one for somebody else; who may not change hours does neither', async ({
  hms,
  practitioner,
}) => {
  const path = `/api/availability/${practitioner}/calendar-feed`;
  assert.is((await open(hms, await make(hms.admin, path))).status, 200);
  const { body } = await hms.admin.get(path);
  assert.equal(Object.keys(body.feed).sort(), ['createdAt', 'locale', 'readAt']);
  assert.is(body.feed.readAt, '2026-03-02T08:00:00Z');
  // The desk keeps hours; what leaves the house for others is the administration's.
  for (const other of [await hms.as('nurse'), hms.clerk]) {
    assert.is((await other.post(path, { locale: 'en' })).status, 403);
    assert.is((await other.del(path)).status, 403);
    assert.is((await other.get('/api/calendar-rules')).status, 403);
  }
  assert.is((await hms.admin.del(path)).status, 204);
  assert.is(
    (await hms.admin.post('/api/availability/0199b1a5-7c1e-7000-8000-000000000000/calendar-feed', { locale: 'en' }))
      .status,
    404,
  );
});

test('whoever no longer works here has no calendar: practitioner, role, account, or the right to own hours', async (at) => {
  const { hms, doctor, practitioner } = at;
  const path = await make(doctor);
  const ends = async (off: string, on: string) => {
    await hms.asAdmin(off);
    assert.is((await open(hms, path)).status, 404, off);
    await hms.asAdmin(on);
    assert.is((await open(hms, path)).status, 200, on);
  };
  const set = (value: boolean, what: string) => `update ${what.replace('$', String(value))}`;
  for (const what of [
    `facility.practitioner set active = $ where id = '${practitioner}'`,
    `facility.practitioner_role set active = $ where practitioner_id = '${practitioner}'`,
    `auth."user" set active = $ where username = 'doctor'`,
  ])
    await ends(set(false, what), set(true, what));
  const role = (until: string) =>
    `update auth.user_role set until = '${until}' where role = 'doctor' and user_id = (select id from auth."user" where username = 'doctor')`;
  await ends(role('2020-01-01'), role('infinity'));
});

test('initials only where the house says so, and of nobody whom the practitioner may not see', async (at) => {
  const { hms, doctor } = at;
  const path = await make(doctor);
  const [seen, hidden] = [
    await book(at, '16:00', await hms.patient('Ünal')),
    await book(at, '16:30', await hms.patient('Zorn')),
  ];
  await hms.db.query(
    sql.unsafe`insert into core.subject_label (subject_id, label) values (${hidden.patientId}, 'restricted')`,
  );
  const summary = async (time: string) => (await entries(hms, path)).byStart(tuesday(time).startsAt)?.summary;
  assert.is(await summary('16:00'), 'Consultation');
  const { body } = await hms.admin.get('/api/calendar-rules');
  assert.equal(body.initials, false, 'off as delivered');
  assert.is((await doctor.put('/api/calendar-rules', { initials: true }, etag(body.version))).status, 403);
  const on = await hms.admin.put('/api/calendar-rules', { initials: true }, etag(body.version));
  assert.is(on.status, 200, JSON.stringify(on.body));
  assert.is(await summary('16:00'), 'Consultation (N. Ü.)');
  assert.is(await summary('16:30'), 'Appointment', 'their time is taken all the same');
  const ids = await hms.db.oneFirst(sql.unsafe`
    select patient_ids from core.audit where route like 'get /api/calendar-feeds/%' order by id desc limit 1
  `);
  assert.ok((ids as string[]).includes(seen.patientId) && !(ids as string[]).includes(hidden.patientId));
  assert.is((await doctor.get(own)).body.initials, true);
  // Whoever makes the link for somebody else knows it, and sees no patients by it.
  const forThem = `/api/availability/${at.practitioner}/calendar-feed`;
  assert.is((await hms.admin.get(forThem)).body.initials, false);
  const theirs = await make(hms.admin, forThem);
  assert.is((await entries(hms, theirs)).byStart(tuesday('16:00').startsAt)?.summary, 'Consultation');
  await hms.admin.put('/api/calendar-rules', { initials: false }, etag(on.body.version));
});

test('a group is one entry, however many come', async (at) => {
  const { hms, doctor } = at;
  const path = await make(doctor);
  const { body: group } = await hms.clerk.post('/api/groups', {
    practitionerId: at.practitioner, serviceId: hms.service, places: 5, ...tuesday('13:00', 60),
  }); // prettier-ignore
  for (const name of ['Erste', 'Zweite'])
    await hms.clerk.post(`/api/groups/${group.id}/participants`, { patientId: await hms.patient(name) });
  const { all } = await entries(hms, path);
  assert.is(all.filter(({ start }) => start.getTime() === Date.parse(tuesday('13:00').startsAt)).length, 1);
});

test('an appointment as a file says when and at which house, in the language of its patient, and nothing of health', async (at) => {
  const { hms } = at;
  const booked = await book(at, '09:30');
  await hms.db.query(sql.unsafe`update patients.patient set language = 'es' where id = ${booked.patientId}`);
  const nurse = await hms.as('nurse');
  const answer = await nurse.fetch(`/api/appointments/${booked.id}/calendar`, {
    headers: { authorization: `Bearer ${nurse.token}` },
  });
  const text = await answer.text();
  assert.is(answer.status, 200, text);
  assert.match(answer.headers.get('content-disposition')!, /attachment; filename="appointment.ics"/);
  const [it] = Object.values(ical.sync.parseICS(text)).filter((each) => each?.type === 'VEVENT') as unknown as {
    summary: string;
    start: Date;
    uid: string;
    method: string;
  }[];
  assert.match(it!.summary, /^Cita en /);
  assert.equal([it!.start.toISOString(), it!.method], ['2026-03-03T08:30:00.000Z', 'PUBLISH']);
  for (const word of ['Secretname', 'Marsh', 'Consultation', 'Room 1', 'tuberculosis', booked.patientId])
    assert.not.match(text, new RegExp(word, 'i'), word);
  const Row = z.strictObject({ subtype: z.string(), patientIds: z.array(z.string()) });
  const noted = await hms.db.one(sql.type(Row)`
    select subtype, patient_ids from core.audit where route = 'get /api/appointments/{id}/calendar' order by id desc limit 1
  `);
  assert.equal(noted, { subtype: 'export', patientIds: [booked.patientId] });
  const labtech = await hms.as('labtech');
  assert.is((await labtech.get(`/api/appointments/${booked.id}/calendar`)).status, 403);
  await hms.db.query(
    sql.unsafe`insert into core.subject_label (subject_id, label) values (${booked.patientId}, 'restricted')`,
  );
  assert.is((await nurse.get(`/api/appointments/${booked.id}/calendar`)).status, 404);
});
test.run();
