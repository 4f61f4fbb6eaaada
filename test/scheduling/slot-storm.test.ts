import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { broken } from './invariants.ts';
import { amend, between, countingBackends, poolSize, startHospital, weekdays, type Hospital } from './hospital.ts';

const test = suite<{ hms: Hospital }>('scheduling: many slots, many who want them');
test.before(async (at) => {
  at.hms = await startHospital();
});
test.after((at) => at.hms?.stop());

/** Workers, each with a request under way: fetch opens a connection for each. */
const connections = 100;
const doctors = process.env.FULL_SIZE ? 10 : 5;
/** Slots of each doctor. The full size on request, a small one each time. */
const times = process.env.FULL_SIZE ? 50 : 4;
/** How many want each slot. */
const wanted = 20;
const slots = doctors * times;

test(`${slots * wanted} bookings over ${slots} slots from ${connections} connections: ${slots} times 201, everybody else 409`, async ({
  hms,
}) => {
  const made = async (path: string, body: object): Promise<string> => (await hms.admin.post(path, body)).body.id;
  const practitioners = await Promise.all(
    Array.from({ length: doctors }, async (_, n) => {
      const id = await made('/api/practitioners', { familyName: `Storm${n}`, givenName: 'Dr', departmentId: hms.department }); // prettier-ignore
      await amend(hms.admin, `/api/availability/${id}`, { zone: 'Europe/Berlin', windows: weekdays('08:00', '18:00') });
      return id;
    }),
  );
  // A patient asks for one slot of each time: nobody stands in their own way.
  const patients: string[] = [];
  for (let n = 0; n < doctors * wanted; n++) patients.push(await hms.patient('Storm'));
  const begin = Temporal.ZonedDateTime.from('2026-06-01T08:00[Europe/Berlin]');
  const wishes = Array.from({ length: times }, (_, time) => {
    const startsAt = begin.add({ days: Math.floor(time / 10), minutes: (time % 10) * 45 }).toInstant();
    return patients.map((patientId, n) => ({
      patientId,
      practitionerId: practitioners[(n + time) % doctors]!,
      serviceId: hms.service,
      ...between(startsAt.toString(), 30),
    }));
  }).flat();
  // In an order in which those who want the same slot are near each other, and cross all the same.
  let seed = 20260303;
  const dice = (most: number) => (seed = (seed * 48_271) % 2_147_483_647) % most;
  for (let n = wishes.length - 1; n > 0; n--) {
    const other = Math.max(0, n - dice(400));
    [wishes[n], wishes[other]] = [wishes[other]!, wishes[n]!];
  }
  const statuses = new Map<number, number>();
  const [, backends] = await countingBackends(hms, () =>
    Promise.all(
      Array.from({ length: connections }, async () => {
        for (let wish = wishes.pop(); wish; wish = wishes.pop()) {
          const { status, body } = await hms.clerk.post('/api/appointments', wish);
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
          if (status === 409) assert.is(body.type, '/problems/occupancy-no-overlap');
        }
      }),
    ),
  );
  assert.equal(Object.fromEntries(statuses), { 201: slots, 409: slots * (wanted - 1) });
  assert.ok(backends < 3 * poolSize, `${backends} new backends`);
  assert.equal(await broken(hms), []);
});

test.run();
