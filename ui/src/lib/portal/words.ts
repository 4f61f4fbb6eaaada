import type { Colour } from '../statuses.ts';
import * as m from '../messages.js';
import { zone } from '../format.ts';
import { getLocale } from '../locale.svelte.ts';
import type { PortalLook, PortalRole, PortalVisit } from '../types.ts';

/** What a laboratory's letter means to somebody who does not read them every day. */
export function flagWords(flag: string | null): { word: string; colour: Colour } {
  switch (flag) {
    case 'N':
      return { word: m.portal_flag_usual(), colour: 'green' };
    case 'L':
      return { word: m.portal_flag_low(), colour: 'amber' };
    case 'H':
      return { word: m.portal_flag_high(), colour: 'amber' };
    case 'LL':
      return { word: m.portal_flag_very_low(), colour: 'red' };
    case 'HH':
      return { word: m.portal_flag_very_high(), colour: 'red' };
    case 'A':
    case 'AA':
      return { word: m.portal_flag_unusual(), colour: 'amber' };
    default:
      return { word: m.portal_flag_none(), colour: 'grey' };
  }
}

export const roleWord = (role: PortalRole): string =>
  ({
    self: m.portal_role_self,
    parent: m.portal_role_parent,
    guardian: m.portal_role_guardian,
    carer: m.portal_role_carer,
  })[role]();

const areas: Record<PortalLook['area'], () => string> = {
  portal: m.portal_area_portal,
  search: m.portal_area_search,
  record: m.portal_area_record,
  appointments: m.portal_area_appointments,
  visit: m.portal_area_visit,
  medicines: m.portal_area_medicines,
  laboratory: m.portal_area_laboratory,
  bills: m.portal_area_bills,
  messages: m.portal_area_messages,
  'other-system': m.portal_area_other_system,
  other: m.portal_area_other,
};
const acts: Record<PortalLook['act'], () => string> = {
  listed: m.portal_act_listed,
  opened: m.portal_act_opened,
  changed: m.portal_act_changed,
  printed: m.portal_act_printed,
  exported: m.portal_act_exported,
};
const unnamed: Record<PortalLook['by'], () => string> = {
  person: m.portal_looker_somebody,
  client: m.portal_looker_unknown,
  hospital: m.portal_looker_hospital,
  nobody: m.portal_looker_nobody,
};
/** Who: by name, and as what. */
export const lookerWord = ({ by, name, roles, relation }: PortalLook): string =>
  [name ?? unnamed[by](), ...(relation ? [roleWord(relation)] : roles)].join(', ');
export const lookWord = ({ area, act }: PortalLook): string => `${areas[area]()} · ${acts[act]()}`;

/** `Berlin time`: where the clocks are that a visit goes by. */
export const zoneWord = (): string =>
  m.portal_zone({ place: (zone().split('/').at(-1) ?? zone()).replaceAll('_', ' ') });

export const visitWith = (it: Pick<PortalVisit, 'practitionerName' | 'departmentName' | 'locationName'>): string =>
  [it.practitionerName, it.departmentName, it.locationName].filter(Boolean).join(' · ');

export const medicineWord = (status: string): string =>
  ({ active: m.portal_medicine_active, 'on-hold': m.portal_medicine_on_hold, completed: m.portal_medicine_completed })[
    status as 'active'
  ]?.() ?? m.portal_medicine_stopped();

/** Morning, day or evening, by the hospital's clock. */
export const greeting = (hour: number, name: string): string =>
  hour < 12
    ? m.portal_good_morning({ name })
    : hour < 18
      ? m.portal_good_day({ name })
      : m.portal_good_evening({ name });

/** A decimal as the laboratory wrote it, in the reader's way. */
export const valueText = (value: string): string =>
  getLocale() === 'es' && /^-?\d+\.\d+$/.test(value) ? value.replace('.', ',') : value;
