import { hospitalNow } from '../../../core/clock.ts';
import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { announce } from '../booking/announce.ts';
import { bookAppointment, confirmAppointment, type Door } from '../booking/actions.ts';
import type { AppointmentItem, NewAppointment } from '../booking/model.ts';
import { releaseTime, setStatus } from '../booking/queries.ts';
import { getAppointment } from '../booking/read.ts';
import { getRules } from '../rules/queries.ts';
import { settleHold, wasHold } from './queries.ts';

/** Keeps a time for somebody who is not sure yet; it is over by itself. Minutes left out: as the house has set. @throws as bookAppointment */
export const holdTime = (
  db: Db,
  { minutes, ...wanted }: NewAppointment & { minutes?: number },
  door: Omit<Door, 'heldUntil'> = {},
): Promise<AppointmentItem> =>
  db.transaction(async (tx) => {
    const kept = minutes ?? (await getRules(tx)).holdMinutes;
    const heldUntil = Temporal.Instant.from(await hospitalNow(tx))
      .add({ minutes: kept })
      .toString();
    return bookAppointment(tx, wanted, null, 'pending', { ...door, heldUntil });
  });

/** A hold or a request becomes an appointment. @throws refusals hold_expired, version_stale, appointment_status */
export const confirm = (db: Db, id: string, version: number): Promise<AppointmentItem> =>
  db.transaction(async (tx) => {
    await expectUnexpired(tx, id);
    return confirmAppointment(tx, id, version);
  });

/** Also of one that the sweep has cancelled meanwhile: whoever comes too late hears that, not that a version is stale. */
export const expectUnexpired = async (tx: Db, id: string): Promise<AppointmentItem> => {
  const it = await getAppointment(tx, id);
  const isOver = it.heldUntil !== null && Temporal.Instant.compare(it.heldUntil, await hospitalNow(tx)) <= 0;
  if (isOver || (it.status === 'cancelled' && (await wasHold(tx, id, it.version - 1)))) throw refuse('hold_expired');
  return it;
};

/** The held time becomes an appointment, or a request that somebody confirms. @throws refusals not_found (of another patient), hold_expired, appointment_status */
export const bookHeld = (
  db: Db,
  id: string,
  { patientId, reason }: { patientId: string; reason: string | null },
  statusFor: (serviceId: string) => 'booked' | 'pending',
): Promise<AppointmentItem> =>
  db.transaction(async (tx) => {
    const held = await expectUnexpired(tx, id);
    if (held.patientId !== patientId) throw refuse('not_found');
    if (held.status !== 'pending' || held.heldUntil === null)
      throw refuse('appointment_status', { status: held.status });
    const status = held.serviceId === null ? 'booked' : statusFor(held.serviceId);
    if (!(await settleHold(tx, id, held.version, { status, reason }))) throw refuse('version_stale');
    await announce(tx, status === 'pending' ? 'requested' : 'booked', id);
    return getAppointment(tx, id);
  });

/** Its time is free again, and nobody is told of an appointment that never was. @throws refusals appointment_status, version_stale */
export const releaseHold = (db: Db, id: string, version: number): Promise<AppointmentItem> =>
  db.transaction(async (tx) => {
    const it = await getAppointment(tx, id);
    if (it.version !== version) throw refuse('version_stale', { version: it.version });
    if (it.status !== 'pending' || it.heldUntil === null) throw refuse('appointment_status', { status: it.status });
    if ((await setStatus(tx, id, version, 'cancelled')) === null) throw refuse('version_stale');
    await releaseTime(tx, id);
    await publish(tx, 'scheduling.hold-released', id, {});
    return getAppointment(tx, id);
  });
