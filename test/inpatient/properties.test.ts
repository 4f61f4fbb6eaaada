import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Answer } from '../hms.ts';
import { broken, etag, startWards, type BedBody, type House, type StayBody } from './wards.ts';

const test = suite<{ house: House }>('inpatient: any sequence');
test.before(async (at) => {
  at.house = await startWards();
});
test.after((at) => at.house?.stop());

test('any sequence of acts that cross each other leaves one patient in a bed and one bed for a patient', async ({
  house,
}) => {
  const patients = await Promise.all(Array.from({ length: 4 }, () => house.patient()));
  const beds = Object.values(house.beds);
  /** What may come next, the likelier ones more than once; `ask` is a new stay. */
  const next: Record<string, readonly string[]> = {
    none: ['ask'],
    requested: ['admit', 'admit', 'reserve', 'release', 'cancel-admission'],
    admitted: ['transfer', 'transfer', 'order-discharge', 'order-discharge', 'reserve', 'release', 'cancel-transfer', 'cancel-admission'],
    'discharge-ordered': ['clear', 'clear', 'transfer', 'withdraw-discharge-order', 'cancel-transfer'],
    cleared: ['discharge', 'discharge', 'transfer', 'cancel-transfer'],
    discharged: ['cancel-discharge', 'ask'],
    cancelled: ['ask'],
  }; // prettier-ignore
  const at = { who: fc.nat(3), bed: fc.nat(5) };
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('act' as const), which: fc.nat(39), ...at }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('clean' as const), which: fc.nat(0), ...at }) },
  );
  let day = 0;
  const done = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 12, maxLength: 28 }), async (steps) => {
      await house.setClock(
        Temporal.PlainDate.from('2026-04-01').add({ days: day++ }).toString() + 'T20:00:00Z',
        20_000,
      );
      // Whoever a run leaves in a bed is there in the next one.
      const { wards, waiting } = (await house.nurse.get('/api/bed-board')).body;
      const there: StayBody[] = [
        ...waiting,
        ...wards.flatMap((it: { beds: BedBody[] }) => it.beds.map(({ stay }) => stay)),
      ];
      const open = new Map<number, StayBody>();
      for (const stay of there) if (stay) open.set(patients.indexOf(stay.patientId), stay);
      const run = async ({ kind, which, who, bed }: (typeof steps)[number]): Promise<Answer | undefined> => {
        const bedId = beds[bed];
        if (kind === 'clean') {
          const { id, version } = (await house.nurse.get(`/api/beds/${bedId ?? beds[0]}`)).body;
          return house.nurse.post(`/api/beds/${id}/state`, { state: 'U' }, etag(version));
        }
        const stay = open.get(who);
        const may = next[stay?.status ?? 'none']!;
        const act = may[which % may.length]!;
        const bodies: Record<string, object> = {
          ask: { patientId: patients[who], reason: 'Property', ...(bedId && { bedId }) },
          discharge: { disposition: 'home' },
          'cancel-admission': { reason: 'Property' },
          admit: { bedId: bedId ?? beds[0] },
          transfer: { bedId: bedId ?? beds[0] },
          reserve: { bedId: bedId ?? beds[0] },
        };
        const answer =
          act === 'ask' || !stay
            ? await house.doctor.post('/api/stays', bodies.ask)
            : await house.doctor.post(
                `/api/stays/${stay.id}/${act}`,
                bodies[act] ?? {},
                etag((await house.doctor.get(`/api/stays/${stay.id}`)).body.version),
              );
        if (answer.status < 300) {
          open.set(who, answer.body as StayBody);
          done.add(act);
        }
        return answer;
      };
      // Three at a time, so that they really cross.
      for (let from = 0; from < steps.length; from += 3)
        for (const answer of await Promise.all(steps.slice(from, from + 3).map(run)))
          if (answer)
            assert.ok(
              [200, 201, 409, 412, 422].includes(answer.status),
              `${answer.status} ${JSON.stringify(answer.body)}`,
            );
      await house.settle();
      assert.equal(await broken(house), []);
    }),
    { numRuns: 10, seed: 20260401 },
  );
  // Otherwise the sequences would show nothing.
  assert.ok(done.size >= 8, [...done].join());
});
test.run();
