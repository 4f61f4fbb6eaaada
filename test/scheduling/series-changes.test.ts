import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { sql } from '../../core/database.ts';
import type { Answer } from '../hms.ts';
import { amend, etag, startHospital, type Hospital } from './hospital.ts';
import { broken } from './invariants.ts';

/** Clocks go forward and back, by half an hour, never, and by rules of their own. */
const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'Africa/Casablanca'];

const test = suite<{ hms: Hospital }>('scheduling: whatever is done to a series');
test.before(async (at) => {
  at.hms = await startHospital();
});
test.after((at) => at.hms?.stop());

interface Occurrence {
  on: string;
  appointmentId: string | null;
  status: string | null;
  startsAt: string | null;
  isException: boolean;
  mayChange: boolean;
}
interface Series {
  id: string;
  version: number;
  shiftDays: number;
  startTime: string;
  occurrences: Occurrence[];
}
type Reach = { scope: 'this' | 'following' | 'all'; nth: number; exceptions: 'keep' | 'include' };
type Act =
  | ({ act: 'cancel' } & Reach)
  | ({ act: 'change'; shiftDays: number; startTime: string } & Reach)
  | { act: 'extend'; count: number }
  | { act: 'undo' }
  | { act: 'move-one' | 'cancel-one' | 'somebody-else'; nth: number; startTime: string };

const time = fc.tuple(fc.integer({ min: 1, max: 22 }), fc.constantFrom('00', '30')).map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${minute}`); // prettier-ignore
const nth = fc.nat(11);
const reach = {
  scope: fc.constantFrom('this' as const, 'following' as const, 'all' as const),
  nth,
  exceptions: fc.constantFrom('keep' as const, 'include' as const),
};
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ act: fc.constant('cancel' as const), ...reach }),
  fc.record({
    act: fc.constant('change' as const),
    shiftDays: fc.integer({ min: -3, max: 3 }),
    startTime: time,
    ...reach,
  }),
  fc.record({ act: fc.constant('extend' as const), count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ act: fc.constant('undo' as const) }),
  fc.record({
    act: fc.constantFrom('move-one' as const, 'cancel-one' as const, 'somebody-else' as const),
    nth,
    startTime: time,
  }),
);
const series = fc.record({
  zone: fc.constantFrom(...zones),
  // Ten dates and more from here pass a clock change in each zone that has one.
  startOn: fc.constantFrom('2026-03-03', '2026-03-20', '2026-10-01'),
  startTime: time,
  rule: fc.oneof(
    fc.record({ frequency: fc.constant('weekly'), every: fc.integer({ min: 1, max: 2 }), weekdays: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { maxLength: 3 }), count: fc.integer({ min: 2, max: 9 }) }),
    fc.record({ frequency: fc.constant('daily'), every: fc.integer({ min: 1, max: 9 }), count: fc.integer({ min: 2, max: 9 }) }),
    fc.record({ frequency: fc.constant('monthly'), every: fc.constant(1), weekdays: fc.integer({ min: 1, max: 7 }).map((it) => [it]), nth: fc.constantFrom(1, 2, -1), count: fc.integer({ min: 2, max: 6 }) }),
  ),
}); // prettier-ignore

const everything = (hms: Hospital): Promise<string> =>
  hms.db.oneFirst(sql.type(z.strictObject({ all: z.string() }))`
    select md5(
      (select coalesce(string_agg(a::text, '|' order by a.id), '') from scheduling.appointment a)
      || (select coalesce(string_agg(s::text, '|' order by s.id), '') from scheduling.series s)
      || (select coalesce(string_agg(o::text, '|' order by o.series_id, o.occurs_on), '') from scheduling.occurrence o)
      || (select coalesce(string_agg(o::text, '|' order by o.appointment_id, o.actor_id), '') from scheduling.occupancy o)
      || (select count(*) from core.outbox)
    ) as all
  `);

const wallOf = (at: string, zone: string): string =>
  Temporal.Instant.from(at).toZonedDateTimeISO(zone).toPlainDateTime().toString({ smallestUnit: 'minute' });

test('nothing that was called off returns, nobody is taken twice, the wall time stays, and what is refused leaves no trace', async ({
  hms,
}) => {
  const seen = { refused: 0, changed: 0, undone: 0 };
  await fc.assert(
    fc.asyncProperty(series, fc.array(act, { minLength: 3, maxLength: 8 }), async (wanted, acts) => {
      const { zone } = wanted;
      const { body: who } = await hms.admin.post('/api/practitioners', {
        familyName: 'Everyday', givenName: 'Eve', departmentId: hms.department,
      }); // prettier-ignore
      const [own, other] = [await hms.patient(), await hms.patient()];
      await amend(hms.admin, `/api/availability/${who.id}`, {
        zone,
        windows: [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, startTime: '00:00', endTime: '24:00' })),
      });
      const base = { practitionerId: who.id, serviceId: hms.service };
      const made = await hms.clerk.post('/api/series', { ...wanted, ...base, patientId: own, minutes: 30 });
      if (made.status === 409) return; // the clock skips one of them
      assert.is(made.status, 201, JSON.stringify(made.body));
      let now = made.body as Series;
      /** By appointment: the wall time that the series gives it. */
      const agreed = new Map(now.occurrences.map((it) => [it.appointmentId, `${it.on}T${wanted.startTime}`]));
      const gone = new Set<string>();
      let last: string[] = [];
      const send = (name: string, body: object) => hms.clerk.post(`/api/series/${now.id}/${name}`, body, etag(now.version)); // prettier-ignore
      const reached = ({ scope, nth: n, exceptions }: Reach): Occurrence[] => {
        const at = now.occurrences[n % now.occurrences.length]!;
        return now.occurrences.filter(
          (it) =>
            it.mayChange &&
            (scope === 'all' || (scope === 'this' ? it.on === at.on : it.on >= at.on)) &&
            (scope === 'this' || exceptions === 'include' || !it.isException || it.on === at.on),
        );
      };
      const one = async (n: number): Promise<[Occurrence, Answer['body']]> => {
        const at = now.occurrences[n % now.occurrences.length]!;
        return [at, (await hms.clerk.get(`/api/appointments/${at.appointmentId}`)).body];
      };
      for (const it of acts) {
        const before = await everything(hms);
        const hit = 'scope' in it ? reached(it) : [];
        let answer: Answer;
        if (it.act === 'cancel' || it.act === 'change') {
          const { act: name, nth: n, ...body } = it;
          const on = now.occurrences[n % now.occurrences.length]!.on;
          answer = await send(name, { ...body, on, ...(name === 'cancel' && { reason: 'x' }) });
        } else if (it.act === 'extend') answer = await send('extend', { count: it.count });
        else if (it.act === 'undo') answer = await send('reinstate', {});
        else {
          const [at, appointment] = await one(it.nth);
          const there = Temporal.PlainDateTime.from(`${at.on}T${it.startTime}`).toZonedDateTime(zone).toInstant();
          const to = { startsAt: there.toString(), endsAt: there.add({ minutes: 30 }).toString() };
          const path = `/api/appointments/${at.appointmentId}`;
          if (it.act === 'move-one') answer = await hms.clerk.post(`${path}/reschedule`, to, etag(appointment.version));
          else if (it.act === 'cancel-one')
            answer = await hms.clerk.post(`${path}/cancel`, { reason: 'x' }, etag(appointment.version)); // prettier-ignore
          else answer = await hms.clerk.post('/api/appointments', { ...base, patientId: other, ...to });
          if (answer.status === 200 && it.act === 'cancel-one') gone.add(at.appointmentId!);
        }
        const what = `${JSON.stringify(it)} → ${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`;
        if (answer.status >= 400) {
          assert.ok([409, 422].includes(answer.status), what);
          assert.is(await everything(hms), before, `left a trace: ${what}`);
          seen.refused++;
          continue;
        }
        if (it.act === 'cancel') {
          last = hit.map(({ appointmentId }) => appointmentId!);
          for (const id of last) gone.add(id);
        } else if (it.act === 'undo') {
          for (const id of last) gone.delete(id);
          last = [];
          seen.undone++;
        } else if (it.act === 'change' && it.scope !== 'this') {
          const asked = now.occurrences[it.nth % now.occurrences.length]!;
          for (const { on, appointmentId, startsAt } of hit) {
            // The one that it is asked from goes from where it stands, the others from where the series has them.
            const from = on === asked.on ? wallOf(startsAt!, zone) : agreed.get(appointmentId)!;
            const day = Temporal.PlainDate.from(from.slice(0, 10)).add({ days: it.shiftDays });
            agreed.set(appointmentId, `${day.toString()}T${it.startTime}`);
          }
          seen.changed++;
        }
        now = (await hms.clerk.get(`/api/series/${now.id}`)).body as Series;
        if (it.act === 'extend')
          for (const added of now.occurrences.filter(({ appointmentId }) => !agreed.has(appointmentId)))
            agreed.set(added.appointmentId, `${Temporal.PlainDate.from(added.on).add({ days: now.shiftDays }).toString()}T${now.startTime}`); // prettier-ignore
        assert.is(new Set(now.occurrences.map(({ on }) => on)).size, now.occurrences.length, what);
        for (const date of now.occurrences) {
          assert.is(date.status, gone.has(date.appointmentId!) ? 'cancelled' : 'booked', `${date.on}: ${what}`);
          if (!date.isException && date.status === 'booked')
            assert.is(wallOf(date.startsAt!, zone), agreed.get(date.appointmentId), `${date.on} in ${zone}: ${what}`);
        }
        assert.equal(await broken(hms), [], what);
      }
    }),
    { numRuns: process.env.FULL_SIZE ? 400 : 40 },
  );
  assert.ok(seen.refused > 5 && seen.changed > 5 && seen.undone > 0, JSON.stringify(seen));
});

test.run();
