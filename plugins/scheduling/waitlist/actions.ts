import type { Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import { refuse } from '../../../core/refuse.ts';
import { requirePatient } from '../../patients/api.ts';
import { confirmAppointment } from '../booking/actions.ts';
import type { AppointmentItem } from '../booking/model.ts';
import { getAppointment } from '../booking/read.ts';
import { releaseHold } from '../holds/actions.ts';
import type { Entry, EntryChange, NewEntry } from './model.ts';
import * as q from './queries.ts';

/** @throws refusals service_unknown, practitioner_unknown, place_unknown, waitlist_in_order */
const weigh = async (tx: Db, it: EntryChange & { serviceId: string }): Promise<void> => {
  const known = await q.areKnown(tx, it);
  if (!known.service) throw refuse('service_unknown');
  if (!known.practitioners) throw refuse('practitioner_unknown');
  if (!known.place) throw refuse('place_unknown');
  const turned = (from: string | null, to: string | null) => from !== null && to !== null && to < from;
  if (
    turned(it.earliestOn, it.latestOn) ||
    turned(it.fromTime, it.toTime) ||
    (it.fromTime && it.fromTime === it.toTime)
  )
    throw refuse('waitlist_in_order');
};

/** @throws refusals not_found (patient), waitlist_once; as weigh */
export const joinWaitlist = (db: Db, wanted: NewEntry): Promise<Entry> =>
  db.transaction(async (tx) => {
    await requirePatient(tx, wanted.patientId);
    await weigh(tx, wanted);
    const id = await q.insertEntry(tx, wanted);
    if (id === null)
      throw refuse('waitlist_once', { entryId: await q.findWaiting(tx, wanted.patientId, wanted.serviceId) });
    await publish(tx, 'scheduling.waitlist-joined', id, { patientId: wanted.patientId, serviceId: wanted.serviceId });
    return q.getEntry(tx, id);
  });

/** @throws refusals version_stale, waitlist_over; as weigh */
export const amendEntry = (db: Db, id: string, version: number, wanted: EntryChange): Promise<Entry> =>
  db.transaction(async (tx) => {
    const before = await expectWaiting(tx, id, version);
    await weigh(tx, { ...wanted, serviceId: before.serviceId });
    if ((await q.updateEntry(tx, id, version, wanted)) === null) throw refuse('version_stale');
    await publish(tx, 'scheduling.waitlist-amended', id, {});
    return q.getEntry(tx, id);
  });

/** What was offered goes to the next. @throws refusals version_stale, waitlist_over */
export const leaveWaitlist = (db: Db, id: string, version: number): Promise<Entry> =>
  db.transaction(async (tx) => {
    await expectWaiting(tx, id, version);
    const offerId = await q.findOpenOffer(tx, id);
    const ended = offerId === null ? null : await q.endOffer(tx, offerId, 'withdrawn');
    if (ended) await giveBack(tx, ended);
    await q.setEntryStatus(tx, id, 'withdrawn');
    await publish(tx, 'scheduling.waitlist-left', id, {});
    return q.getEntry(tx, id);
  });

const expectWaiting = async (tx: Db, id: string, version: number): Promise<Entry> => {
  const it = await q.getEntry(tx, id);
  if (it.version !== version) throw refuse('version_stale', { version: it.version });
  if (it.status !== 'waiting') throw refuse('waitlist_over');
  return it;
};

/** The first answer wins; whoever comes later, or too late, hears that it is gone. @throws refusal offer_gone */
export const acceptOffer = (db: Db, id: string): Promise<AppointmentItem> =>
  db.transaction(async (tx) => {
    const offer = await answer(tx, id, 'accepted');
    const hold = await getAppointment(tx, offer.appointmentId);
    if (hold.status !== 'pending') throw refuse('offer_gone');
    const booked = await confirmAppointment(tx, hold.id, hold.version);
    await q.setEntryStatus(tx, offer.entryId, 'booked', booked.id);
    return booked;
  });

/** The time goes to the next, and the patient waits on. @throws refusal offer_gone */
export const declineOffer = (db: Db, id: string): Promise<Entry> =>
  db.transaction(async (tx) => {
    const offer = await answer(tx, id, 'declined');
    await giveBack(tx, offer);
    await q.lookAgain(tx, offer.entryId);
    return q.getEntry(tx, offer.entryId);
  });

const answer = async (tx: Db, id: string, status: 'accepted' | 'declined'): Promise<q.OfferRow> => {
  const asked = await q.getOffer(tx, id);
  const ended = await q.endOffer(tx, id, status);
  if (ended === null) throw refuse('offer_gone');
  await publish(tx, 'scheduling.offer-ended', id, { entryId: asked.entryId, status });
  return ended;
};

/** The time of an offer that has ended is free again, unless the sweep was faster. */
export const giveBack = async (tx: Db, offer: q.OfferRow): Promise<void> => {
  const hold = await getAppointment(tx, offer.appointmentId);
  if (hold.status === 'pending' && hold.heldUntil !== null) await releaseHold(tx, hold.id, hold.version);
};
