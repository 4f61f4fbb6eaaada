import type { Problem } from '../api.ts';
import * as m from '../messages.js';
import type { Look } from '../statuses.ts';
import type { Bed, BedBoard, BedState, PatientRecord, Payloads, Stay, StayStatus, Ward } from '../types.ts';

const states: Record<BedState, readonly [Look['colour'], Look['icon'], () => string]> = {
  U: ['green', 'circle', m.bed_free],
  O: ['blue', 'bed', m.bed_occupied],
  H: ['purple', 'brush-cleaning', m.bed_housekeeping],
  C: ['grey', 'lock', m.bed_closed],
  I: ['amber', 'shield', m.bed_isolated],
  K: ['red', 'biohazard', m.bed_contaminated],
};
export const stateLook = (state: BedState): Look => {
  const [colour, icon, word] = states[state];
  return { colour, icon, word: word() };
};
/** What stands beside a bed: a patient's step says more than that it is taken. */
export const bedLook = (bed: Bed): Look =>
  bed.reserved
    ? { colour: 'purple', icon: 'clock', word: m.bed_reserved() }
    : bed.stay && bed.stay.status !== 'admitted'
      ? stayLook(bed.stay.status)
      : stateLook(bed.state);

const steps: Record<StayStatus, readonly [Look['colour'], Look['icon'], () => string]> = {
  requested: ['purple', 'hourglass', m.stay_requested],
  admitted: ['blue', 'bed', m.stay_admitted],
  'discharge-ordered': ['amber', 'clipboard-list', m.stay_discharge_ordered],
  cleared: ['green', 'badge-check', m.stay_cleared],
  discharged: ['green', 'circle-check', m.stay_discharged],
  cancelled: ['grey', 'circle-x', m.stay_cancelled],
};
export const stayLook = (status: StayStatus): Look => {
  const [colour, icon, word] = steps[status];
  return { colour, icon, word: word() };
};

type Disposition = Payloads['POST']['/api/stays/{id}/discharge']['disposition'];
export const dispositions = (): { value: Disposition; label: string }[] => [
  { value: 'home', label: m.disposition_home() },
  { value: 'alt-home', label: m.disposition_alt_home() },
  { value: 'other-hcf', label: m.disposition_other_hcf() },
  { value: 'hosp', label: m.disposition_hosp() },
  { value: 'long', label: m.disposition_long() },
  { value: 'snf', label: m.disposition_snf() },
  { value: 'rehab', label: m.disposition_rehab() },
  { value: 'psy', label: m.disposition_psy() },
  { value: 'aadvice', label: m.disposition_aadvice() },
  { value: 'exp', label: m.disposition_exp() },
  { value: 'oth', label: m.disposition_oth() },
];
export const dispositionWord = (code: string): string =>
  dispositions().find(({ value }) => value === code)?.label ?? code;
/** What ends a stay without a doctor's word. */
export const withoutClearance = (code: string): boolean => code === 'aadvice' || code === 'exp';

type Source = NonNullable<Payloads['POST']['/api/stays']['source']>;
export const sources = (): { value: Source; label: string }[] => [
  { value: 'emd', label: m.source_emd() },
  { value: 'outp', label: m.source_outp() },
  { value: 'gp', label: m.source_gp() },
  { value: 'mp', label: m.source_mp() },
  { value: 'hosp-trans', label: m.source_hosp_trans() },
  { value: 'nursing', label: m.source_nursing() },
  { value: 'psych', label: m.source_psych() },
  { value: 'rehab', label: m.source_rehab() },
  { value: 'born', label: m.source_born() },
  { value: 'other', label: m.source_other() },
];

export type Isolation = NonNullable<Stay['isolation']>;
export const isolations = (): { value: Isolation; label: string }[] => [
  { value: 'contact', label: m.isolation_contact() },
  { value: 'droplet', label: m.isolation_droplet() },
  { value: 'airborne', label: m.isolation_airborne() },
  { value: 'protective', label: m.isolation_protective() },
];
export const isolationWord = (code: Isolation): string =>
  isolations().find(({ value }) => value === code)?.label ?? code;

/** Beds that may be taken, ward by ward, as a list to choose from. */
export const freeBeds = (wards: readonly Ward[]): { value: string; label: string }[] =>
  wards.flatMap((ward) =>
    ward.beds
      .filter((bed) => bed.state === 'U' && !bed.reserved)
      .map((bed) => ({ value: bed.id, label: placeOf({ bedName: bed.name, wardName: ward.name }) })),
  );
export const placeOf = (it: { bedName: string; wardName: string }): string => `${it.wardName} · ${it.bedName}`;

/** Where a patient lies now, by the record; undefined for everybody who is not in the house. */
export const bedOf = (record: PatientRecord): string | undefined => {
  const bed = record.stays?.items.find((it) => it.bed !== null)?.bed;
  return bed ? placeOf(bed) : undefined;
};

/** A refusal with the beds that would do instead. */
export const insteadOf = (problem: Problem | undefined): { bedId: string; bedName: string; wardName: string }[] =>
  (problem?.extra.free as { bedId: string; bedName: string; wardName: string }[] | undefined) ?? [];

export const taken = (beds: readonly Bed[]): number => beds.filter(({ state }) => state === 'O').length;
export const allBeds = (board: BedBoard): Bed[] => board.wards.flatMap(({ beds }) => beds);
