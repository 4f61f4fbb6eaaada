import { z } from 'zod';
import { hospitalNow } from '../../../core/clock.ts';
import { sql, type Db } from '../../../core/database.ts';
import { publish } from '../../../core/events.ts';
import type { Hms } from '../../../core/hms.ts';
import { Refusal } from '../../../core/refuse.ts';
import { bookAppointment } from '../booking/actions.ts';
import { getRules } from '../rules/queries.ts';
import { giveBack } from './actions.ts';
import * as q from './queries.ts';
import { answerUntil } from './until.ts';

/** How much one run looks at; the next comes in a few seconds. */
const batch = 200;
/** Free times weighed at once; enough that a wish for Friday afternoons finds one. */
const manyTimes = 500;
/** How far ahead a time is offered. */
const horizon = sql.fragment`interval '184 days'`;

const Match = z.strictObject({
  entryId: z.uuid(),
  patientId: z.uuid(),
  practitionerId: z.uuid(),
  locationId: z.uuid().nullable(),
  startsAt: z.string(),
  endsAt: z.string(),
});
type Match = z.infer<typeof Match>;

/** Ends what is over, then offers what has become free to whoever comes first. Safe to run twice at once: a hold is had once. */
export const fillWaitlist = async (db: Db, hms: Pick<Hms, 'config' | 'stopping'>): Promise<void> => {
  await endOverdue(db);
  await endEntries(db, hms.config.zone);
  await offerFreed(db, hms);
  await offerToNew(db, hms);
};

// -- what is over -------------------------------------------------------------------------------------------------------

const Overdue = z.strictObject({
  id: z.uuid(),
  entryId: z.uuid(),
  appointmentId: z.uuid(),
  appointmentStatus: z.string(),
});

/** Nobody answered, or the desk has confirmed or cancelled the time itself. */
const endOverdue = async (db: Db): Promise<void> => {
  const overdue = await db.any(sql.type(Overdue)`
    select o.id, o.entry_id, o.appointment_id, a.status as appointment_status
    from scheduling.waitlist_offer o join scheduling.appointment a on a.id = o.appointment_id
    where o.status = 'open' and (o.expires_at <= core.now() or a.status <> 'pending')
    order by o.expires_at, o.id
    limit ${batch}
  `);
  for (const it of overdue)
    await db.transaction(async (tx) => {
      const isBooked = !['pending', 'cancelled'].includes(it.appointmentStatus);
      const ended = isBooked ? await settleBooked(tx, it.id) : await q.endOffer(tx, it.id, 'expired');
      if (!ended) return;
      if (isBooked) await q.setEntryStatus(tx, it.entryId, 'booked', it.appointmentId);
      else await giveBack(tx, ended);
      await publish(tx, 'scheduling.offer-ended', it.id, {
        entryId: it.entryId,
        status: isBooked ? 'accepted' : 'expired',
      });
    });
};

const settleBooked = (tx: Db, offerId: string): Promise<q.OfferRow | null> =>
  tx.maybeOne(sql.type(z.custom<q.OfferRow>())`
    update scheduling.waitlist_offer set status = 'accepted', answered_at = core.now()
    where id = ${offerId} and status = 'open'
    returning id, entry_id, patient_id, appointment_id
  `);

/** Nothing can suit them any more. */
const endEntries = (db: Db, zone: string): Promise<unknown> =>
  db.query(sql.unsafe`
    update scheduling.waitlist_entry w set status = 'expired', looks = false
    where w.status = 'waiting' and w.latest_on < (core.now() at time zone ${zone})::date
      and not exists (select from scheduling.waitlist_offer o where o.entry_id = w.id and o.status = 'open')
  `);

// -- what has become free -----------------------------------------------------------------------------------------------

const Freed = z.strictObject({ id: z.uuid(), practitionerId: z.uuid(), serviceIds: z.array(z.uuid()) });

const offerFreed = async (db: Db, hms: Pick<Hms, 'config' | 'stopping'>): Promise<void> => {
  const freed = await db.any(sql.type(Freed)`
    select f.id, f.practitioner_id, array(
      select distinct w.service_id
      from scheduling.waitlist_entry w
      join facility.healthcare_service s on s.id = w.service_id
      where w.status = 'waiting' and (
        f.practitioner_id = any (w.practitioner_ids)
        or cardinality(w.practitioner_ids) = 0 and exists (
          select from facility.practitioner_role r where r.active and r.practitioner_id = f.practitioner_id and r.organization_id = s.organization_id
        )
      )
    ) as service_ids
    from scheduling.freed_time f
    order by f.id
    limit ${batch}
  `);
  for (const { id, practitionerId, serviceIds } of freed) {
    for (const serviceId of serviceIds)
      await offerAll(db, hms, serviceId, () =>
        db.any(sql.type(Match)`
          select m.entry_id, m.patient_id, m.practitioner_id, m.location_id, m.starts_at, m.ends_at
          from scheduling.freed_time f
          join facility.healthcare_service s on s.id = ${serviceId}
          cross join lateral scheduling.waitlist_matches(
            s.id, array[${practitionerId}::uuid], lower(f.during) - make_interval(mins => s.duration_minutes), upper(f.during), null, ${manyTimes}
          ) m
          where f.id = ${id}
        `),
      );
    await db.query(sql.unsafe`delete from scheduling.freed_time where id = ${id}`);
    if (hms.stopping) return;
  }
};

// -- who is new, or has changed what would suit ---------------------------------------------------------------------------

const Looking = z.strictObject({ id: z.uuid(), serviceId: z.uuid() });

const offerToNew = async (db: Db, hms: Pick<Hms, 'config' | 'stopping'>): Promise<void> => {
  const looking = await db.any(sql.type(Looking)`
    select w.id, w.service_id from scheduling.waitlist_entry w
    where w.status = 'waiting' and w.looks
      and not exists (select from scheduling.waitlist_offer o where o.entry_id = w.id and o.status = 'open')
    order by scheduling.waitlist_rank(w.priority), w.created_at, w.id
    limit ${batch}
  `);
  for (const { id, serviceId } of looking) {
    await offerAll(db, hms, serviceId, () =>
      db.any(sql.type(Match)`
        select m.entry_id, m.patient_id, m.practitioner_id, m.location_id, m.starts_at, m.ends_at
        from scheduling.waitlist_entry w
        join facility.healthcare_service s on s.id = w.service_id
        cross join lateral scheduling.waitlist_matches(
          s.id,
          case when cardinality(w.practitioner_ids) > 0 then w.practitioner_ids else array(
            select r.practitioner_id from facility.practitioner_role r
            where r.active and r.practitioner_id is not null and r.organization_id = s.organization_id
          ) end,
          greatest(core.now() + make_interval(mins => w.notice_minutes), w.earliest_on::timestamptz - interval '1 day'),
          least(core.now() + ${horizon}, w.latest_on::timestamptz + interval '2 days'),
          w.id, ${manyTimes}
        ) m
        where w.id = ${id}
      `),
    );
    await db.query(
      sql.unsafe`update scheduling.waitlist_entry set looks = false where id = ${id} and status = 'waiting'`,
    );
    if (hms.stopping) return;
  }
};

// -- one time to one of them ------------------------------------------------------------------------------------------------

/** Each time to the first of its matches that can have it; asked again as long as something was offered and there is more. */
const offerAll = async (
  db: Db,
  { config }: Pick<Hms, 'config'>,
  serviceId: string,
  find: () => Promise<readonly Match[]>,
): Promise<void> => {
  for (;;) {
    const matches = await find();
    const given = new Set<string>();
    for (const match of matches) {
      const time = `${match.practitionerId} ${match.startsAt}`;
      if (given.has(time) || given.has(match.entryId)) continue;
      if (await offer(db, serviceId, match, config.zone)) given.add(time).add(match.entryId);
    }
    if (given.size === 0 || matches.length < 2000) return;
  }
};

const Id = z.strictObject({ id: z.uuid() });
class Taken extends Error {}

/** Hold and offer are one transaction. False: somebody was faster, or the patient cannot then. */
const offer = async (db: Db, serviceId: string, match: Match, zone: string): Promise<boolean> => {
  try {
    await db.transaction(async (tx) => {
      const expiresAt = answerUntil(await hospitalNow(tx), match.startsAt, await getRules(tx), zone);
      const { patientId, practitionerId, startsAt, endsAt } = match;
      const hold = await bookAppointment(
        tx,
        {
          patientId,
          practitionerId,
          serviceId,
          startsAt,
          endsAt,
          ...(match.locationId ? { locationId: match.locationId } : {}),
        },
        null,
        'pending',
        { heldUntil: expiresAt },
      );
      const id = await tx.maybeOneFirst(sql.type(Id)`
        insert into scheduling.waitlist_offer (entry_id, patient_id, appointment_id, practitioner_id, starts_at, expires_at)
        select w.id, w.patient_id, ${hold.id}, ${practitionerId}, ${startsAt}, ${expiresAt}
        from scheduling.waitlist_entry w where w.id = ${match.entryId} and w.status = 'waiting' and w.patient_id = ${patientId}
        on conflict (entry_id) where status = 'open' do nothing
        returning id
      `);
      if (id === null) throw new Taken();
      await publish(tx, 'scheduling.offer-made', id, { patientId, startsAt, expiresAt, appointmentId: hold.id });
    });
    return true;
  } catch (error) {
    if (error instanceof Refusal || error instanceof Taken) return false;
    throw error;
  }
};
