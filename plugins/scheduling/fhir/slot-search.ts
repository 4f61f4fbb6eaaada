import { sql, type Db } from '../../../core/database.ts';
import { refuse } from '../../../core/refuse.ts';
import type { At, Result } from '../../../fhir/at.ts';
import { prefixOf } from '../../../fhir/search/prefix.ts';
import { serviceTypeSystem } from './service-type.ts';
import { Computed, slotOf } from './slot.ts';

type Asked = readonly (readonly [name: string, value: string])[];

interface Wish {
  schedules: string[];
  practitioners: string[];
  services: string[];
  /** The hospital's own codes of services. */
  codes: string[];
  from: string;
  until: string;
  statuses: string[];
  count: number;
  offset: number;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const horizon = { hours: 184 * 24 };
const usual = { hours: 14 * 24 };

/**
 * Slots are computed for a schedule, an actor or a service and a range of start; whatever else is asked (identifier, _id) is
 * about slots that came in with history.
 */
export const findSlots = async (at: At, asked: Asked): Promise<Result | null> => {
  const computed = asked.filter(([name]) => ['schedule', 'schedule.actor', 'service-type', 'start'].includes(name));
  if (computed.length === 0 && asked.some(([name]) => ['_id', 'identifier', '_lastUpdated', '_page'].includes(name)))
    return null;
  const wish = read(at, asked);
  const rows = await list(at.db, wish);
  const shown = rows.slice(0, wish.count);
  const kept = asked.filter(([name]) => name !== '_offset');
  const address = (more: [string, string][]) =>
    `${at.base}/Slot?${new URLSearchParams([...kept.map(([name, value]) => [name, value]), ...more]).toString()}`;
  const link = [{ relation: 'self', url: address(wish.offset > 0 ? [['_offset', String(wish.offset)]] : []) }];
  if (rows.length > wish.count)
    link.push({ relation: 'next', url: address([['_offset', String(wish.offset + wish.count)]]) });
  const entry = shown
    .map(slotOf)
    .map((resource) => ({ fullUrl: `${at.base}/Slot/${resource.id}`, resource, search: { mode: 'match' } }));
  return {
    status: 200,
    body: { resourceType: 'Bundle', type: 'searchset', link, ...(entry.length > 0 ? { entry } : {}) },
    audit: { object: 'Slot', patientIds: [] },
  };
};

const unusable = (parameter: string, expected: string) => refuse('search_value_unusable', { parameter, expected });

const read = (at: At, asked: Asked): Wish => {
  const wish: Wish = {
    schedules: [],
    practitioners: [],
    services: [],
    codes: [],
    from: '',
    until: '',
    statuses: ['free', 'busy', 'busy-tentative', 'busy-unavailable'],
    count: 50,
    offset: 0,
  };
  let until: Temporal.Instant | null = null;
  let from: Temporal.Instant | null = null;
  const idsOf = (name: string, value: string, types: readonly string[]): [string, string][] =>
    value.split(',').map((each) => {
      const [type, id] = each.replace(`${at.base}/`, '').includes('/')
        ? each.replace(`${at.base}/`, '').split('/')
        : [types[0], each];
      if (!type || !id || !types.includes(type) || !uuid.test(id))
        throw unusable(name, types.map((it) => `${it}/id`).join(' or '));
      return [type, id];
    });
  for (const [name, value] of asked) {
    if (name === 'schedule') wish.schedules.push(...idsOf(name, value, ['Schedule']).map(([, id]) => id));
    else if (name === 'schedule.actor' || name === 'schedule.actor:Practitioner')
      for (const [type, id] of idsOf(name, value, ['Practitioner', 'HealthcareService']))
        (type === 'Practitioner' ? wish.practitioners : wish.services).push(id);
    else if (name === 'start') {
      const [begins, ends, prefix] = periodOf(value);
      if (['ge', 'gt', 'sa', 'eq'].includes(prefix)) from = prefix === 'gt' || prefix === 'sa' ? ends : begins;
      if (['lt', 'le', 'eb', 'eq'].includes(prefix)) until = prefix === 'le' || prefix === 'eq' ? ends : begins;
    } else if (name === 'service-type')
      for (const each of value.split(',')) {
        const [system, code] = each.includes('|') ? each.split('|', 2) : [serviceTypeSystem, each];
        wish.codes.push(system === serviceTypeSystem ? code! : '');
      }
    else if (name === 'status') wish.statuses = value.split(',').map((each) => each.replace(/^.*\|/, ''));
    else if (name === '_count') wish.count = Math.max(1, Math.min(100, Number(value) || 50));
    else if (name === '_offset') wish.offset = Math.max(0, Math.min(10_000, Number(value) || 0));
    else if (at.strict && name !== '_format')
      throw refuse('search_parameter_unknown', { parameter: name, resourceType: 'Slot' });
  }
  if (wish.schedules.length + wish.practitioners.length + wish.services.length + wish.codes.length === 0)
    throw unusable('schedule', 'a schedule, schedule.actor with a practitioner or service, or a service-type');
  if (from === null) throw unusable('start', 'a range, such as start=ge2026-03-02&start=lt2026-03-09');
  until ??= from.add(usual);
  if (Temporal.Instant.compare(from.add(horizon), until) < 0) throw unusable('start', 'a range of half a year at most');
  return { ...wish, from: from.toString(), until: until.toString() };
};

const periodOf = (value: string): [Temporal.Instant, Temporal.Instant, string] => {
  const [prefix, text] = prefixOf(value);
  try {
    if (/^\d{4}-\d\d-\d\d$/.test(text)) {
      const begins = Temporal.Instant.from(`${text}T00:00:00Z`);
      return [begins, begins.add({ hours: 24 }), prefix];
    }
    const begins = Temporal.Instant.from(text.replace(/ (?=\d\d:\d\d$)/, '+'));
    return [begins, begins.add({ microseconds: 1 }), prefix];
  } catch {
    throw unusable('start', 'a day or a time with an offset');
  }
};

/**
 * Earliest first; only what starts in the range. A free slot is as long as the service asked for, else as the usual service of the practitioner's
 * department; a time that is held or asked for is busy-tentative, leave is busy-unavailable, and what kind of leave it is nobody learns.
 */
const list = (db: Db, wish: Wish): Promise<readonly Computed[]> =>
  db.any(sql.type(Computed)`
    with asked as (
      select s.id, s.practitioner_id, s.zone, s.updated_at, coalesce(wanted.id, service.id) as service_id, coalesce(wanted.minutes, service.duration_minutes, 30) as minutes
      from scheduling.schedule s
      join facility.practitioner_card c on c.id = s.practitioner_id
      left join lateral (
        select h.id, h.duration_minutes as minutes from facility.healthcare_service h
        where (h.id = any (${sql.array(wish.services, 'uuid')}) or h.active and h.charge_code = any (${sql.array(wish.codes, 'text')})) and h.organization_id = c.department_id
        order by h.name limit 1
      ) wanted on true
      left join lateral (
        select h.id, h.duration_minutes from facility.healthcare_service h where h.active and h.organization_id = c.department_id order by h.name, h.id limit 1
      ) service on true
      where s.active
        and ${wish.schedules.length > 0 ? sql.fragment`s.id = any (${sql.array(wish.schedules, 'uuid')})` : sql.fragment`true`}
        and ${wish.practitioners.length > 0 ? sql.fragment`s.practitioner_id = any (${sql.array(wish.practitioners, 'uuid')})` : sql.fragment`true`}
        and ${wish.services.length + wish.codes.length > 0 ? sql.fragment`wanted.minutes is not null` : sql.fragment`true`}
    ),
    -- held, or asked for and not confirmed
    kept as (
      select a.id, a.updated_at, tstzrange(it.starts_at, it.ends_at) as during
      from asked a
      join scheduling.appointment it on it.practitioner_id = a.practitioner_id -- shows no patient
      where it.status = 'pending' and coalesce(it.held_until, 'infinity') > core.now() and it.starts_at >= ${wish.from} and it.starts_at < ${wish.until}
    ),
    -- leave, day by day
    away as (
      select a.id, a.updated_at, greatest(l.starts_at, day at time zone a.zone) as starts_at, least(l.ends_at, (day + interval '1 day') at time zone a.zone) as ends_at
      from asked a
      join scheduling.leave l on l.practitioner_id = a.practitioner_id and tstzrange(l.starts_at, l.ends_at) && tstzrange(${wish.from}, ${wish.until})
      cross join lateral generate_series(
        date_trunc('day', greatest(l.starts_at, ${wish.from}::timestamptz - interval '1 day') at time zone a.zone),
        least(l.ends_at, ${wish.until}::timestamptz) at time zone a.zone, interval '1 day'
      ) day
    )
    select slot.schedule_id, slot.starts_at, slot.ends_at, slot.status, slot.updated_at
    from (
      select a.id as schedule_id, b.starts_at, b.ends_at, 'free' as status, a.updated_at
      from asked a
      cross join lateral scheduling.bookable(array[a.practitioner_id], make_interval(mins => a.minutes), ${wish.from}, ${wish.until}, ${wish.offset + wish.count + 1}, '{}', a.service_id, 'fhir') b
      where 'free' = any (${sql.array(wish.statuses, 'text')})
      union all
      select a.id, lower(o.during), upper(o.during), 'busy', a.updated_at
      from asked a
      cross join lateral scheduling.busy(array[a.practitioner_id], ${wish.from}, ${wish.until}) b
      cross join lateral unnest(b.during - coalesce((select range_agg(k.during) from kept k where k.id = a.id), '{}')) o (during)
      where lower(o.during) >= ${wish.from}::timestamptz
      union all
      select k.id, lower(k.during), upper(k.during), 'busy-tentative', k.updated_at from kept k
      union all
      select o.id, o.starts_at, o.ends_at, 'busy-unavailable', o.updated_at from away o where o.starts_at < o.ends_at
    ) slot
    where slot.starts_at >= ${wish.from}::timestamptz and slot.starts_at < ${wish.until}::timestamptz and slot.status = any (${sql.array(wish.statuses, 'text')})
    order by slot.starts_at, slot.schedule_id
    limit ${wish.count + 1} offset ${wish.offset}
  `);
