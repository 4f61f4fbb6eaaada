import { parseNumber, when } from '../format.ts';
import * as m from '../messages.js';
import type { Observation, PatientRecord } from '../types.ts';

/** Vital signs by their LOINC codes, in the order of the row. Blood pressure is one observation with two components. */
export const vitalSigns: { codes: string[]; title: () => string; unit: string }[] = [
  { codes: ['85354-9', '55284-4'], title: m.vital_blood_pressure, unit: 'mm[Hg]' },
  { codes: ['8867-4'], title: m.vital_heart_rate, unit: '/min' },
  { codes: ['8310-5', '8331-1'], title: m.vital_temperature, unit: 'Cel' },
  { codes: ['9279-1'], title: m.vital_respiratory_rate, unit: '/min' },
  { codes: ['59408-5', '2708-6'], title: m.vital_oxygen_saturation, unit: '%' },
  { codes: ['29463-7', '3141-9'], title: m.vital_weight, unit: 'kg' },
  { codes: ['8302-2', '8306-3'], title: m.vital_height, unit: 'cm' },
  { codes: ['39156-5'], title: m.vital_body_mass_index, unit: 'kg/m2' },
  { codes: ['72514-3', '38208-5'], title: m.vital_pain, unit: '' },
];
const vitalCodes = new Set(vitalSigns.flatMap(({ codes }) => codes).concat('8480-6', '8462-4'));

export const isVital = (it: Observation) => it.code !== null && vitalCodes.has(it.code);

/** An outside system may have sent it without a time. */
export const takenAt = (it: Observation): string => (it.effectiveAt === null ? m.not_known() : when(it.effectiveAt));

/** Entered in error is not shown as a value; nothing else is left out. */
export const counts = (it: Observation) => it.status !== 'entered-in-error' && it.status !== 'cancelled';

const component = (it: Observation, code: string) => it.components?.find((part) => part.code === code)?.value ?? null;

/** `152/94` for a blood pressure, otherwise the value itself. */
export function shownValue(it: Observation): string | null {
  const [systolic, diastolic] = [component(it, '8480-6'), component(it, '8462-4')];
  return systolic === null && diastolic === null ? it.value : `${systolic ?? '–'}/${diastolic ?? '–'}`;
}

/** What a line is drawn by: the systolic pressure, or the value when it is a number. Measured numbers come as text: `37.0`. */
export function drawnValue(it: Observation): number | undefined {
  const value = component(it, '8480-6') ?? it.value;
  return value === null ? undefined : (parseNumber(value) ?? undefined);
}

export const isAbnormal = (it: Observation): boolean => it.interpretation !== null && it.interpretation !== 'N';

/** What is neither a vital sign nor shown by the laboratory itself. */
export const otherResults = (record: PatientRecord): Observation[] =>
  (record.observations?.items ?? []).filter(
    (it) => counts(it) && !isVital(it) && !(record.results && it.category === 'laboratory'),
  );
