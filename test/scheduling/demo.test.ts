import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import { startHms, type Client, type TestHms } from '../hms.ts';
import { broken } from './invariants.ts';

/** Tuesday 10:30 in Berlin. */
const now = '2026-03-03T09:30:00Z';
const plugins = ['auth', 'facility', 'patients', 'scheduling'];
const plan = {
  patients: 60,
  visitsPerPatient: 5,
  passwordPepper: '',
  zone: 'Europe/Berlin',
  currency: 'EUR',
  progress: () => {},
};

const test = suite<{ hms: TestHms; clerk: Client }>('scheduling: the demo hospital');
test.before(async (at) => {
  at.hms = await startHms(plugins, { now });
  await fill(at.hms);
  at.clerk = await at.hms.as('receptionist');
});
test.after((at) => at.hms?.stop());

const fill = async (hms: TestHms): Promise<void> => {
  for (const plugin of hms.hms.plugins)
    if (plugin.name !== 'auth') await hms.db.transaction(async (tx) => plugin.demo?.(tx, plan));
};
const count = (hms: TestHms, where: ReturnType<typeof sql.fragment>): Promise<number> =>
  hms.db.oneFirst(
    sql.type(z.object({ n: z.int() }))`select count(*)::int as n from scheduling.appointment it where ${where}`,
  );

test('nobody is at two places at one time, in the past neither', async ({ hms }) => {
  assert.equal(await broken(hms), []);
  for (const column of ['patient_id', 'practitioner_id', 'location_id'])
    assert.is(
      await count(
        hms,
        sql.fragment`exists (
        select from scheduling.appointment other
        where other.${sql.identifier([column])} = it.${sql.identifier([column])} and other.id > it.id
          and tstzrange(other.starts_at, other.ends_at) && tstzrange(it.starts_at, it.ends_at)
          and 'cancelled' not in (it.status, other.status)
          and scheduling.group_of(it.id) is null and scheduling.group_of(other.id) is null
      )`,
      ),
      0,
      column,
    );
});

test('two years of visits, most of them fulfilled', async ({ hms }) => {
  const past = await count(hms, sql.fragment`it.starts_at < core.now() - interval '1 day'`);
  const fulfilled = await count(
    hms,
    sql.fragment`it.starts_at < core.now() - interval '1 day' and it.status = 'fulfilled'`,
  );
  assert.ok(
    past > plan.patients * plan.visitsPerPatient * 0.9 && past <= plan.patients * plan.visitsPerPatient,
    `${past} visits`,
  );
  assert.ok(fulfilled / past > 0.75 && fulfilled < past);
});

test('today is partly done: seen, waiting, late, expected; there are free times', async ({ hms, clerk }) => {
  const { body } = await clerk.get('/api/schedule/day?date=2026-03-03');
  const of = (status: string) => body.appointments.filter((it: { status: string }) => it.status === status);
  assert.ok(of('fulfilled').length > 0 && of('checked-in').length > 0);
  assert.ok(
    of('booked').some((it: { startsAt: string }) => it.startsAt < now),
    'one is late',
  );
  assert.ok(of('booked').some((it: { startsAt: string }) => it.startsAt > now));
  const services = (await clerk.get('/api/services')).body.items;
  for (const { id } of services)
    assert.ok((await clerk.get(`/api/slots?serviceId=${id}&limit=5`)).body.items.length > 0);
  const mine = (await (await hms.as('doctor')).get('/api/me/practitioner')).body.id;
  assert.ok(
    of('checked-in')
      .concat(of('booked'))
      .some((it: { practitionerId: string }) => it.practitionerId === mine),
    'the demo doctor has patients',
  );
});

test('people wait today, some are called, the last waits say how long', async ({ clerk }) => {
  const { tickets, stages } = (await clerk.get('/api/queue/board')).body;
  const of = (status: string) => tickets.filter((it: { status: string }) => it.status === status).length;
  assert.ok(of('created') >= 10 && of('in-progress') >= 3, `${of('created')} wait, ${of('in-progress')} are called`);
  const kinds = ['registration', 'triage', 'consulting-room', 'cashier', 'laboratory', 'pharmacy'];
  for (const kind of kinds)
    assert.ok(
      stages.some((it: { kind: string }) => it.kind === kind),
      kind,
    );
  assert.ok(stages.find((it: { kind: string }) => it.kind === 'triage').estimate > 0);
});

test('a group fills, a series repeats, and some wait for an earlier time', async ({ hms, clerk }) => {
  const { items: groups } = (await clerk.get('/api/groups')).body;
  assert.equal(
    groups.map(({ places, left }: { places: number; left: number }) => [places, left]),
    [[8, 3]],
  );
  assert.is((await clerk.get(`/api/groups/${groups[0].id}`)).body.participants.length, 5);
  const [series] = await hms.db.any(sql.type(z.object({ id: z.uuid() }))`select id from scheduling.series`);
  const { occurrences } = (await clerk.get(`/api/series/${series!.id}`)).body;
  assert.is(occurrences.length, 6);
  assert.ok(occurrences.filter(({ status }: { status: string }) => status === 'booked').length >= 3);
  const { items: waiting } = (await clerk.get('/api/waitlist')).body;
  assert.is(waiting.length, 6);
});

test('the demo doctor is there at any hour of the day', async () => {
  const night = await startHms(plugins, { now: '2026-03-03T22:40:00Z' });
  try {
    await fill(night);
    const doctor = await night.as('doctor');
    const { id } = (await doctor.get('/api/me/practitioner')).body;
    const { body } = await doctor.get(`/api/schedule/day?date=2026-03-03&practitionerId=${id}`);
    assert.ok(
      body.practitioners[0].windows.some(
        (it: { start: string; end: string }) => it.start <= '2026-03-03T22:40:00Z' && it.end > '2026-03-03T22:40:00Z',
      ),
    );
    assert.equal(await broken(night), []);
  } finally {
    await night.stop();
  }
});

test.run();
