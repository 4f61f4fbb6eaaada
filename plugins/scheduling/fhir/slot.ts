import { z } from 'zod';
import { sql, type Db } from '../../../core/database.ts';
import { refuse } from '../../../core/refuse.ts';
import { date, reference, token, type AnyResource, type fhir } from '../../../fhir/resource.ts';
import { storedResource } from '../../../fhir/stored.ts';

type Id = [scheduleId: string, epochMinutes: number, length: number];

/** `<scheduleId>-<epoch minutes>-<length in minutes>`, split from the right. */
export const partsOf = (id: string): Id | null => {
  const [, scheduleId, start, length] =
    /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-(\d{1,9})-(\d{1,4})$/i.exec(id) ?? [];
  return scheduleId ? [scheduleId, Number(start), Number(length)] : null;
};

export const Computed = z.strictObject({
  scheduleId: z.uuid(),
  startsAt: z.string(),
  endsAt: z.string(),
  status: z.enum(['free', 'busy', 'busy-tentative', 'busy-unavailable']),
  updatedAt: z.string(),
});
export type Computed = z.infer<typeof Computed>;

const minutes = (text: string): number => Math.floor(Temporal.Instant.from(text).epochMilliseconds / 60_000);

export const slotOf = (it: Computed): fhir.Slot => ({
  resourceType: 'Slot',
  id: `${it.scheduleId}-${minutes(it.startsAt)}-${minutes(it.endsAt) - minutes(it.startsAt)}`,
  meta: { lastUpdated: it.updatedAt },
  schedule: { reference: `Schedule/${it.scheduleId}` },
  status: it.status,
  start: it.startsAt,
  end: it.endsAt,
});

/** What is known of a time by its id: of the hours as they are now, or of an appointment that still lies there. */
const readComputed = async (db: Db, ids: readonly string[]): Promise<readonly fhir.Slot[]> => {
  const asked = ids.map(partsOf).filter((parts) => parts !== null && parts[2] > 0) as Id[];
  if (asked.length === 0) return [];
  const found = await db.any(sql.type(Computed)`
    select s.id as schedule_id, t.starts_at, t.ends_at, s.updated_at, case
      when not state.open then 'busy-unavailable'
      when state.held then 'busy-tentative'
      when state.taken then 'busy'
      when t.starts_at < (select core.now()) then 'busy-unavailable'
      else 'free'
    end as status
    from ${sql.unnest(asked, ['uuid', 'int4', 'int4'])} asked (schedule_id, start, length)
    join scheduling.schedule s on s.id = asked.schedule_id and s.practitioner_id is not null
    cross join lateral (
      select to_timestamp(asked.start::bigint * 60) as starts_at, to_timestamp((asked.start::bigint + asked.length) * 60) as ends_at
    ) t
    cross join lateral (
      select s.active and scheduling.is_available(s.practitioner_id, tstzrange(t.starts_at, t.ends_at)) as open,
        exists (
          select from scheduling.busy(array[s.practitioner_id], t.starts_at, t.ends_at) b where b.during && tstzrange(t.starts_at, t.ends_at)
        ) and not exists ( -- of a group, as long as somebody can still come
          select from scheduling.group_session g join scheduling.appointment a on a.id = g.id
          where a.practitioner_id = s.practitioner_id and a.starts_at = t.starts_at and a.ends_at = t.ends_at and scheduling.seats_left(g.id) > 0
        ) as taken,
        exists (
          select from scheduling.appointment a
          where a.practitioner_id = s.practitioner_id and a.starts_at = t.starts_at and a.ends_at = t.ends_at and scheduling.blocks(a.status)
        ) as booked,
        exists (
          select from scheduling.appointment a
          where a.practitioner_id = s.practitioner_id and a.starts_at = t.starts_at and a.ends_at = t.ends_at and a.status = 'pending'
            and coalesce(a.held_until, 'infinity') > (select core.now())
        ) as held,
        exists (
          select from scheduling.leave l
          where l.practitioner_id = s.practitioner_id and tstzrange(l.starts_at, l.ends_at) @> tstzrange(t.starts_at, t.ends_at)
        ) as away
    ) state
    where state.open or state.booked or state.away
  `);
  return found.map(slotOf);
};

const { createMany: _many, remove: _remove, ...stored } = storedResource('Slot');
const onlyImported = (tx: Db): void => {
  if (tx.origin !== 'import') throw refuse('fhir_not_possible');
};

/**
 * Free time is computed and cannot be written (405). Slots that come in with history are kept as they were sent and are never
 * bookable; an appointment's range is its start and end.
 */
export const slot: AnyResource = {
  ...stored,
  permission: { read: 'appointment:read', write: 'availability:write' },
  search: {
    schedule: reference(
      sql.fragment`substring(it.content::json -> 'schedule' ->> 'reference' from '[0-9a-f-]{36}$')::uuid`,
      ['Schedule'],
    ),
    'service-type': token(sql.fragment`(it.content::json #>> '{serviceType,0,coding,0,code}')`, {
      system: { column: sql.fragment`(it.content::json #>> '{serviceType,0,coding,0,system}')` },
    }),
    start: date(sql.fragment`(it.content::json ->> 'start')::timestamptz`),
    status: token(sql.fragment`(it.content::json ->> 'status')`, { system: 'http://hl7.org/fhir/slotstatus' }),
  },
  async create(tx, input, options) {
    onlyImported(tx);
    return stored.create?.(tx, input, options);
  },
  async update(tx, id, version, input) {
    onlyImported(tx);
    return stored.update?.(tx, id, version, input);
  },
  computed: readComputed,
};
