/** What is typed about a service and what is sent of it. Fields have the names of the body, so that a refusal finds its own. */
import type { Errors } from '../form.svelte.ts';
import { days, duration, number } from '../format.ts';
import * as m from '../messages.js';
import type { Department, Payloads, Service } from '../types.ts';

export const doors = ['desk', 'portal', 'fhir'] as const;
export type Door = (typeof doors)[number];
type Limit = `channels.${Door}.${'leadMinutes' | 'horizonDays'}`;
type Typed = number | null | undefined;

export type ServiceValues = Record<Limit, Typed> & {
  name: string;
  departmentId: string;
  durationMinutes: Typed;
  bufferBeforeMinutes: Typed;
  bufferAfterMinutes: Typed;
  needsRoom: boolean;
  telehealth: boolean;
  needsDeviceType: string;
  chargeCode: string;
  active: boolean;
};

/** What each number may be: smallest, largest, unit; the server's limits. */
export const bounds = {
  durationMinutes: [5, 720],
  bufferMinutes: [0, 240],
  leadMinutes: [0, 525_600],
  horizonDays: [1, 730],
} as const;

export const valuesOf = (it: Service | undefined, departmentId: string): ServiceValues => ({
  name: it?.name ?? '',
  departmentId: it ? (it.departmentId ?? '') : departmentId,
  durationMinutes: it?.durationMinutes ?? 30,
  bufferBeforeMinutes: it?.bufferBeforeMinutes ?? 0,
  bufferAfterMinutes: it?.bufferAfterMinutes ?? 0,
  needsRoom: it?.needsRoom ?? false,
  telehealth: it?.telehealth ?? false,
  needsDeviceType: it?.needsDeviceType ?? '',
  chargeCode: it?.chargeCode ?? '',
  active: it?.active ?? true,
  'channels.desk.leadMinutes': it?.channels.desk.leadMinutes ?? null,
  'channels.desk.horizonDays': it?.channels.desk.horizonDays ?? null,
  'channels.portal.leadMinutes': it?.channels.portal.leadMinutes ?? null,
  'channels.portal.horizonDays': it?.channels.portal.horizonDays ?? null,
  'channels.fhir.leadMinutes': it?.channels.fhir.leadMinutes ?? null,
  'channels.fhir.horizonDays': it?.channels.fhir.horizonDays ?? null,
});

const between = ([from, to]: readonly [number, number], unit: string) =>
  m.field_number_between({ from: number(from), to: number(to), unit });

export const check = (it: ServiceValues): Errors<ServiceValues> => ({
  name: it.name.trim() ? undefined : m.facility_name_missing(),
  durationMinutes: typeof it.durationMinutes === 'number' ? undefined : between(bounds.durationMinutes, m.unit_minutes()), // prettier-ignore
  bufferBeforeMinutes: it.bufferBeforeMinutes === undefined ? between(bounds.bufferMinutes, m.unit_minutes()) : undefined, // prettier-ignore
  bufferAfterMinutes: it.bufferAfterMinutes === undefined ? between(bounds.bufferMinutes, m.unit_minutes()) : undefined,
  chargeCode: /^([A-Z0-9][A-Z0-9.-]{0,39})?$/.test(it.chargeCode.trim()) ? undefined : m.service_code_wrong(),
  ...Object.fromEntries(
    doors.flatMap((door) => [
      [`channels.${door}.leadMinutes`, it[`channels.${door}.leadMinutes`] === undefined ? between(bounds.leadMinutes, m.unit_minutes()) : undefined],
      [`channels.${door}.horizonDays`, it[`channels.${door}.horizonDays`] === undefined ? between(bounds.horizonDays, m.unit_days()) : undefined],
    ]), // prettier-ignore
  ),
});

export const bodyOf = (it: ServiceValues): Payloads['POST']['/api/services'] => ({
  name: it.name.trim(),
  departmentId: it.departmentId || null,
  durationMinutes: it.durationMinutes!,
  bufferBeforeMinutes: it.bufferBeforeMinutes ?? 0,
  bufferAfterMinutes: it.bufferAfterMinutes ?? 0,
  needsRoom: it.needsRoom,
  telehealth: it.telehealth,
  needsDeviceType: it.needsDeviceType || null,
  channels: Object.fromEntries(
    doors.map((door) => [
      door,
      {
        leadMinutes: it[`channels.${door}.leadMinutes`] ?? null,
        horizonDays: it[`channels.${door}.horizonDays`] ?? null,
      },
    ]),
  ),
  chargeCode: it.chargeCode.trim() || null,
  active: it.active,
});

export const doorWord = (door: Door): string =>
  ({ desk: m.service_door_desk, portal: m.service_door_portal, fhir: m.service_door_fhir })[door]();

/** What a limit means, said as a sentence. */
export const leadSays = (minutes: Typed): string =>
  typeof minutes === 'number' && minutes > 0
    ? m.service_lead_says({ time: minutes % 1440 === 0 ? days(minutes / 1440) : duration(minutes) })
    : m.service_lead_none();
export const horizonSays = (count: Typed): string =>
  typeof count === 'number' ? m.service_horizon_says({ days: days(count) }) : m.service_horizon_none();

/** How long people, room and equipment are taken for it. */
export const timesSay = (it: Pick<ServiceValues, 'durationMinutes' | 'bufferBeforeMinutes' | 'bufferAfterMinutes'>) => {
  const length = it.durationMinutes ?? 0;
  const whole = length + (it.bufferBeforeMinutes ?? 0) + (it.bufferAfterMinutes ?? 0);
  return whole === length
    ? m.service_times_same({ length: duration(length) })
    : m.service_times_say({ length: duration(length), whole: duration(whole) });
};

export const needsOf = (it: Service): string =>
  [it.needsRoom && m.service_a_room(), it.needsDeviceType].filter(Boolean).join(', ');

/** What differs between what is saved and what is typed, in words of what is saved. */
export const differences = (
  saved: Service,
  typed: ServiceValues,
  departments: readonly Department[],
): { label: string; value: string }[] => {
  const theirs = valuesOf(saved, '');
  const minutes = (it: Typed) => duration(it ?? 0);
  const rows: [keyof ServiceValues, string, string][] = [
    ['name', m.facility_name(), saved.name],
    ['departmentId', m.day_department(), departments.find((it) => it.id === saved.departmentId)?.name ?? m.day_all_departments()],
    ['durationMinutes', m.service_length(), minutes(saved.durationMinutes)],
    ['bufferBeforeMinutes', m.service_before(), minutes(saved.bufferBeforeMinutes)],
    ['bufferAfterMinutes', m.service_after(), minutes(saved.bufferAfterMinutes)],
    ['needsRoom', m.service_needs_room(), saved.needsRoom ? m.person_yes() : m.person_no()],
    ['telehealth', m.telehealth(), saved.telehealth ? m.person_yes() : m.person_no()],
    ['needsDeviceType', m.service_needs_device(), saved.needsDeviceType ?? m.service_no_device()],
    ['chargeCode', m.service_code(), saved.chargeCode ?? '–'],
    ['active', m.facility_status(), saved.active ? m.facility_in_use() : m.facility_out_of_use()],
    ...doors.flatMap((door): [keyof ServiceValues, string, string][] => [
      [`channels.${door}.leadMinutes`, `${doorWord(door)}: ${m.service_lead()}`, leadSays(saved.channels[door].leadMinutes)],
      [`channels.${door}.horizonDays`, `${doorWord(door)}: ${m.service_horizon()}`, horizonSays(saved.channels[door].horizonDays)],
    ]),
  ]; // prettier-ignore
  return rows.filter(([field]) => theirs[field] !== typed[field]).map(([, label, value]) => ({ label, value }));
};
