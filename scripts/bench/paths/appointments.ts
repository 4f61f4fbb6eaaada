import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { sql } from '../../../core/database.ts';
import type { Learner } from '../learn.ts';
import type { Path } from '../measure.ts';
import { forget } from './forget.ts';

/** By which the bookings of a round are found again and taken back. */
const reason = 'measured';

interface Slot {
  practitionerId: string;
  serviceId: string;
  locationId: string;
  start: string;
  end: string;
}
const Id = z.object({ id: z.uuid() });
const inDays = (day: number): string =>
  Temporal.Now.instant()
    .add({ hours: day * 24 })
    .toString({ smallestUnit: 'second' });

/** Free times, and one of them booked. */
export const appointmentPaths = async (learner: Learner): Promise<Path[]> => {
  const { bench, wants, as, get, path } = learner;
  const clerk = await as('receptionist');
  const services = await bench.owner.anyFirst(
    sql.type(Id)`select id from facility.healthcare_service where active order by id limit 12`,
  );
  const paths: Path[] = [];
  if (wants('free slots')) {
    const calls = services.flatMap((id) =>
      [8, 9, 10, 11, 12].map((day) =>
        get(`/api/slots?serviceId=${id}&from=${inDays(day)}&to=${inDays(day + 14)}&limit=20`, clerk),
      ),
    );
    paths.push(await path('free slots, 14 days', 3, calls));
  }
  if (wants('booking')) paths.push(await booking(learner, services));
  return paths;
};

const booking = async (learner: Learner, services: readonly string[]): Promise<Path> => {
  const { bench, as, post, path } = learner;
  const clerk = await as('receptionist');
  const patients = await bench.owner.anyFirst(
    sql.type(Id)`select id from patients.patient where active and deceased_at is null order by md5(id::text) limit 200`,
  );
  const calls = (await freeSlots(learner, services)).map(({ start: startsAt, end: endsAt, ...slot }, n) =>
    post(
      '/api/appointments',
      { ...clerk, 'idempotency-key': randomUUID() },
      { ...slot, patientId: patients[n % patients.length], startsAt, endsAt, reason },
      201,
    ),
  );
  return path('booking', 3, calls, () =>
    bench.owner.transaction(async (tx) => {
      await forget(tx);
      await tx.query(
        sql.unsafe`delete from scheduling.occupancy where appointment_id in (select id from scheduling.appointment where reason = ${reason})`,
      );
      await tx.query(sql.unsafe`delete from scheduling.appointment where reason = ${reason}`);
    }),
  );
};

/** Up to eighty that do not touch each other. */
const freeSlots = async ({ as, get, send }: Learner, services: readonly string[]): Promise<Slot[]> => {
  const clerk = await as('receptionist');
  const chosen: Slot[] = [];
  for (const service of services) {
    const found = await send(get(`/api/slots?serviceId=${service}&from=${inDays(8)}&to=${inDays(28)}&limit=40`, clerk));
    for (const { practitionerId, serviceId, locationId, start, end } of (found as { items: Slot[] }).items)
      if (
        !chosen.some(
          (other) =>
            (other.practitionerId === practitionerId || other.locationId === locationId) &&
            other.start < end &&
            start < other.end,
        )
      )
        chosen.push({ practitionerId, serviceId, locationId, start, end });
  }
  return chosen.slice(0, 80);
};
