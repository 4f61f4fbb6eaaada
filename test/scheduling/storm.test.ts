import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Answer } from '../hms.ts';
import { broken } from './invariants.ts';
import {
  between,
  countingBackends,
  etag,
  poolSize,
  startHospital,
  tuesday,
  weekdays,
  type Hospital,
} from './hospital.ts';

const test = suite<{ hms: Hospital }>('scheduling: many at once');
test.before(async (at) => {
  at.hms = await startHospital();
});
test.after((at) => at.hms?.stop());

test('200 bookings of one time at once: one 201, 199 times 409 with three free times, no connection lost (S1)', async ({
  hms,
}) => {
  const patients = await Promise.all(Array.from({ length: 200 }, () => hms.patient()));
  const [answers, backends] = await countingBackends(hms, () =>
    Promise.all(
      patients.map((patientId) =>
        hms.clerk.post('/api/appointments', {
          patientId,
          practitionerId: hms.practitioners[0],
          serviceId: hms.service,
          ...tuesday('09:00'),
        }),
      ),
    ),
  );
  const statuses = Map.groupBy(answers, ({ status }) => status);
  assert.equal(
    [...statuses.keys()].sort(),
    [201, 409],
    `${[...statuses].map(([status, list]) => `${list.length} × ${status}`).join(', ')}`,
  );
  assert.is(statuses.get(201)!.length, 1);
  for (const { body } of statuses.get(409)!) {
    assert.is(body.type, '/problems/occupancy-no-overlap');
    assert.equal(
      body.next.map((it: { start: string }) => it.start),
      ['2026-03-03T08:30:00Z', '2026-03-03T09:00:00Z', '2026-03-03T09:30:00Z'],
    );
  }
  assert.ok(backends < 3 * poolSize, `${backends} new backends`);
  assert.equal(await broken(hms), []);
});

test('bookings, moves and cancellations that cross each other never overlap', async ({ hms }) => {
  const patients = await Promise.all(Array.from({ length: 6 }, () => hms.patient()));
  const time = fc.record({ quarter: fc.integer({ min: 0, max: 11 }), length: fc.constantFrom(15, 30, 45, 60) });
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ verb: fc.constant('book' as const), patient: fc.nat(5), who: fc.nat(1), time }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ verb: fc.constant('reschedule' as const), nth: fc.nat(40), who: fc.nat(1), time }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        verb: fc.constantFrom('cancel' as const, 'no-show' as const, 'reinstate' as const),
        nth: fc.nat(40),
      }),
    },
  );
  let day = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 24 }), async (steps) => {
      // A Wednesday of its own for each run, so that runs do not fill each other's time.
      const date = Temporal.PlainDate.from('2026-03-04').add({ weeks: day++ });
      const at = ({ quarter, length }: { quarter: number; length: number }) =>
        between(
          date
            .toZonedDateTime({ timeZone: 'Europe/Berlin', plainTime: '09:00' })
            .add({ minutes: quarter * 15 })
            .toInstant()
            .toString(),
          length,
        );
      const known: { id: string; version: number }[] = [];
      const run = async (it: (typeof steps)[number]): Promise<Answer | undefined> => {
        if (it.verb === 'book')
          return hms.clerk.post('/api/appointments', {
            patientId: patients[it.patient],
            practitionerId: hms.practitioners[it.who],
            serviceId: hms.service,
            ...at(it.time),
          });
        const target = known[it.nth % Math.max(known.length, 1)];
        if (!target) return undefined;
        const path = `/api/appointments/${target.id}/${it.verb}`;
        if (it.verb === 'reschedule')
          return hms.clerk.post(
            path,
            { ...at(it.time), practitionerId: hms.practitioners[it.who] },
            etag(target.version),
          );
        return hms.clerk.post(path, it.verb === 'cancel' ? { reason: 'Property' } : {}, etag(target.version));
      };
      // Four at a time, so that they really cross.
      for (let from = 0; from < steps.length; from += 4) {
        const answers = await Promise.all(steps.slice(from, from + 4).map(run));
        for (const answer of answers) {
          if (!answer) continue;
          assert.ok(
            [200, 201, 409, 412, 422].includes(answer.status),
            `${answer.status} ${JSON.stringify(answer.body)}`,
          );
          if (answer.status > 201) continue;
          const found = known.find(({ id }) => id === answer.body.id);
          if (found) found.version = Math.max(found.version, answer.body.version);
          else known.push({ id: answer.body.id, version: answer.body.version });
        }
      }
      assert.equal(await broken(hms), []);
    }),
    { numRuns: 20, seed: 20260303 },
  );
});

test('two moves into each other’s time both come to an end', async ({ hms }) => {
  const book = async (at: string) =>
    (
      await hms.clerk.post('/api/appointments', {
        patientId: await hms.patient(),
        practitionerId: hms.practitioners[1],
        serviceId: hms.service,
        ...tuesday(at),
      })
    ).body;
  for (let round = 0; round < 8; round++) {
    const [one, two] = [await book('09:00'), await book('10:00')];
    const answers = await Promise.all([
      hms.clerk.post(`/api/appointments/${one.id}/reschedule`, tuesday('10:00'), etag(1)),
      hms.clerk.post(`/api/appointments/${two.id}/reschedule`, tuesday('09:00'), etag(1)),
    ]);
    for (const { status } of answers) assert.ok([200, 409].includes(status), String(status));
    for (const it of [one, two]) {
      const { body } = await hms.clerk.get(`/api/appointments/${it.id}`);
      await hms.clerk.post(`/api/appointments/${it.id}/cancel`, { reason: 'Round' }, etag(body.version));
    }
  }
  assert.equal(await broken(hms), []);
});

test.run();
