import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Answer } from '../hms.ts';
import { broken } from './invariants.ts';
import { amend, between, etag, startHospital, weekdays, type Hospital } from './hospital.ts';

const test = suite<{ hms: Hospital }>('scheduling: odd lengths, many at once');
test.before(async (at) => {
  at.hms = await startHospital();
});
test.after((at) => at.hms?.stop());

/** Acts in all: the full size on request, a tenth each time. */
const acts = process.env.FULL_SIZE ? 5_000 : 500;

test(`${acts} bookings, moves and cancellations of odd lengths, 30 at once: no practitioner, room or patient twice, no fault`, async ({
  hms,
}) => {
  const made = async (path: string, body: object): Promise<string> => (await hms.admin.post(path, body)).body.id;
  const rooms = await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      made('/api/locations', { name: `Storm ${n}`, kind: 'room', departmentId: hms.department }),
    ),
  );
  const doctors = await Promise.all(
    Array.from({ length: 20 }, async (_, n) => {
      const id = await made('/api/practitioners', {
        familyName: `Storm${n}`,
        givenName: 'Dr',
        departmentId: hms.department,
      });
      await amend(hms.admin, `/api/availability/${id}`, { zone: 'Europe/Berlin', windows: weekdays('08:00', '18:00') });
      return id;
    }),
  );
  await amend(hms.admin, `/api/capacities/${doctors[0]}`, { capacity: 2 });
  await amend(hms.admin, `/api/capacities/${rooms[0]}`, { capacity: 3 });
  const patients = await Promise.all(Array.from({ length: 200 }, () => hms.patient('Storm')));
  let seed = 20260303;
  const dice = (most: number) => (seed = (seed * 48_271) % 2_147_483_647) % most;
  const time = () => {
    const day = Temporal.PlainDate.from('2026-06-01').add({ days: dice(3) });
    const start = day.toZonedDateTime({ timeZone: 'Europe/Berlin', plainTime: '08:00' }).add({ minutes: dice(560) });
    return between(start.toInstant().toString(), 7 + dice(33));
  };
  const known: { id: string; version: number }[] = [];
  const act = async (): Promise<Answer> => {
    const kind = known.length < 20 ? 0 : dice(10);
    if (kind < 5)
      return hms.clerk.post('/api/appointments', {
        patientId: patients[dice(200)],
        practitionerId: doctors[dice(20)],
        locationId: rooms[dice(10)],
        serviceId: hms.service,
        ...time(),
      });
    const target = known[dice(known.length)]!;
    const path = `/api/appointments/${target.id}`;
    if (kind === 9) return hms.clerk.post(`${path}/cancel`, { reason: 'Storm' }, etag(target.version));
    const to = { ...time(), practitionerId: doctors[dice(20)], locationId: rooms[dice(10)] };
    return hms.clerk.post(`${path}/reschedule`, to, etag(target.version));
  };
  const statuses = new Map<number, number>();
  let left = acts;
  await Promise.all(
    Array.from({ length: 30 }, async () => {
      while (left-- > 0) {
        const { status, body } = await act();
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        assert.ok([200, 201, 409, 412, 422].includes(status), `${status} ${JSON.stringify(body)}`);
        if (status > 201) continue;
        const found = known.find(({ id }) => id === body.id);
        if (found) found.version = Math.max(found.version, body.version);
        else known.push({ id: body.id, version: body.version });
      }
    }),
  );
  assert.ok(
    (statuses.get(201) ?? 0) > acts / 20 && (statuses.get(200) ?? 0) > acts / 20,
    JSON.stringify([...statuses]),
  );
  assert.equal(await broken(hms), []);
});

test.run();
