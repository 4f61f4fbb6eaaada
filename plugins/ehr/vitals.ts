import { vitalFields, type Component, type VitalField } from './model.ts';
import type { VitalLimit, VitalRow } from './queries/observations.ts';

type Values = Partial<Record<VitalField, number>>;
type Limits = readonly VitalLimit[];

export interface Implausible {
  field: VitalField;
  limit: VitalLimit;
}

/** The fields whose value cannot be, in the order of the form. A diastolic pressure above the systolic one is one of them. */
export const implausible = (values: Values, limits: Limits): Implausible[] =>
  inOrder(limits).flatMap((limit) => {
    const value = values[limit.field];
    if (value === undefined) return [];
    const highest =
      limit.field === 'diastolic' && values.systolic !== undefined
        ? Math.min(Number(limit.highest), values.systolic)
        : Number(limit.highest);
    return value < Number(limit.lowest) || value > highest
      ? [{ field: limit.field, limit: { ...limit, highest: String(highest) } }]
      : [];
  });

/** R4's observation-interpretation for a value: N, L, H, LL, HH; null where no limits hold, as for children. */
export const interpret = (
  value: number,
  { low, high, criticalLow, criticalHigh }: Pick<VitalLimit, 'low' | 'high' | 'criticalLow' | 'criticalHigh'>,
): string | null => {
  if (criticalLow !== null && value <= Number(criticalLow)) return 'LL';
  if (criticalHigh !== null && value >= Number(criticalHigh)) return 'HH';
  if (low !== null && value < Number(low)) return 'L';
  if (high !== null && value > Number(high)) return 'H';
  return low === null && high === null ? null : 'N';
};

const bloodPressure = { code: '85354-9', display: 'Blood pressure panel with all children optional' };
const severity = ['N', 'L', 'H', 'LL', 'HH'];
const worst = (components: readonly Component[]): string | null =>
  components
    .map((it) => it.interpretation)
    .filter((it) => it !== null)
    .sort((a, b) => severity.indexOf(b) - severity.indexOf(a))[0] ?? null;

/** Rows to insert: both pressures are components of one, as US Core and every chart expect. */
export const measured = (values: Values, limits: Limits): VitalRow[] => {
  const parts = inOrder(limits).flatMap((limit) => {
    const value = values[limit.field];
    if (value === undefined) return [];
    const { field, code, display, unit } = limit;
    return [
      {
        field,
        row: { code, display, value: String(value), unit, interpretation: interpret(value, limit), components: null },
      },
    ];
  });
  const isPressure = (field: VitalField) => field === 'systolic' || field === 'diastolic';
  const pressures = parts
    .filter(({ field }) => isPressure(field))
    .map(({ row: { components: _, ...row } }): Component => ({ system: 'http://loinc.org', ...row }));
  return [
    ...(pressures.length > 0
      ? [{ ...bloodPressure, value: null, unit: null, interpretation: worst(pressures), components: pressures }]
      : []),
    ...parts.filter(({ field }) => !isPressure(field)).map(({ row }) => row),
  ];
};

const inOrder = (limits: Limits): VitalLimit[] =>
  [...limits].sort((a, b) => vitalFields.indexOf(a.field) - vitalFields.indexOf(b.field));

/** The UCUM units of vital signs as people write them. */
const printed: Record<string, string> = { Cel: '°C', 'mm[Hg]': 'mmHg', '{score}': '' };
export const printedUnit = (ucum: string): string => printed[ucum] ?? ucum.replace(/\{[^}]*\}/g, '');
