import { parseNumber } from '../format.ts';
import * as m from '../messages.js';
import type { Look } from '../statuses.ts';
import type { LaboratoryTest } from '../types.ts';

export type Release = LaboratoryTest['release'];
type Gender = LaboratoryTest['ranges'][number]['gender'];

export const releases = (): { value: Release; label: string }[] => [
  { value: 'verified', label: m.lab_release_verified() },
  { value: 'days', label: m.lab_release_after() },
  { value: 'manual', label: m.lab_release_manual() },
];
export const releaseWord = ({ release, releaseDays }: Pick<LaboratoryTest, 'release' | 'releaseDays'>): string =>
  release === 'verified'
    ? m.lab_release_verified()
    : release === 'manual'
      ? m.lab_release_manual()
      : m.lab_release_days({ count: releaseDays });

export const genders = (): { value: Gender; label: string }[] => [
  { value: 'any', label: m.lab_range_any() },
  { value: 'female', label: m.gender_female() },
  { value: 'male', label: m.gender_male() },
];
const genderWord = (gender: Gender) => genders().find(({ value }) => value === gender)!.label;

export const inUse = (active: boolean): Look =>
  active
    ? { colour: 'green', icon: 'circle-check', word: m.lab_test_active() }
    : { colour: 'grey', icon: 'ban', word: m.lab_test_inactive() };

export const limitsOf = (low: string | null, high: string | null): string =>
  low === null && high === null ? '–' : `${low ?? ''} – ${high ?? ''}`;

// -- ranges as they are typed ---------------------------------------------------------------------------------------------

type Range = LaboratoryTest['ranges'][number];
/** Ages in whole years where they are, else in months; an empty end is any age above. */
export interface RangeFields {
  key: number;
  gender: Gender;
  unit: 'years' | 'months';
  from: string;
  to: string;
  low: string;
  high: string;
  criticalLow: string;
  criticalHigh: string;
}
const limits = ['criticalLow', 'low', 'high', 'criticalHigh'] as const;

export const fieldsOf = (range: Range, key: number): RangeFields => {
  const whole = range.fromMonth % 12 === 0 && (range.toMonth ?? 0) % 12 === 0;
  const age = (months: number | null) => (months === null ? '' : String(whole ? months / 12 : months));
  return {
    key,
    gender: range.gender,
    unit: whole ? 'years' : 'months',
    from: age(range.fromMonth),
    to: age(range.toMonth),
    low: range.low ?? '',
    high: range.high ?? '',
    criticalLow: range.criticalLow ?? '',
    criticalHigh: range.criticalHigh ?? '',
  };
};
export const emptyRange = (key: number): RangeFields => ({
  key,
  gender: 'any',
  unit: 'years',
  from: '0',
  to: '',
  low: '',
  high: '',
  criticalLow: '',
  criticalHigh: '',
});

/** A decimal as the server takes it: null when empty, undefined when it is none. */
export const decimalOf = (typed: string): string | null | undefined => {
  if (typed.trim() === '') return null;
  const value = parseNumber(typed);
  return value === null || Math.abs(value) >= 1e9 ? undefined : String(value);
};
const monthsOf = (typed: string, unit: RangeFields['unit']): number | undefined => {
  const value = parseNumber(typed);
  const months = value === null ? undefined : value * (unit === 'years' ? 12 : 1);
  return months !== undefined && Number.isInteger(months) && months >= 0 && months <= 1800 ? months : undefined;
};

/** As the server takes it, or what is wrong with that row. */
export function rangeOf(it: RangeFields, row: number): Range | string {
  const fromMonth = monthsOf(it.from, it.unit);
  const toMonth = it.to.trim() === '' ? null : monthsOf(it.to, it.unit);
  if (fromMonth === undefined || toMonth === undefined || (toMonth !== null && toMonth <= fromMonth))
    return m.lab_range_age_wrong({ row });
  const [criticalLow, low, high, criticalHigh] = limits.map((limit) => decimalOf(it[limit]));
  if ([criticalLow, low, high, criticalHigh].includes(undefined)) return m.lab_range_number_wrong({ row });
  const known = [criticalLow, low, high, criticalHigh].filter((value) => typeof value === 'string').map(Number);
  if (known.length === 0) return m.lab_range_empty({ row });
  if (known.some((value, n) => n > 0 && value < known[n - 1]!)) return m.lab_range_order_wrong({ row });
  return {
    gender: it.gender,
    fromMonth,
    toMonth,
    low: low ?? null,
    high: high ?? null,
    criticalLow: criticalLow ?? null,
    criticalHigh: criticalHigh ?? null,
  };
}

/** The first thing that is wrong, in words: a row by itself, or two rows of one sex that share an age. */
export function rangesWrong(fields: readonly RangeFields[]): string | undefined {
  const ranges = fields.map((it, n) => rangeOf(it, n + 1));
  const wrong = ranges.find((it) => typeof it === 'string');
  if (typeof wrong === 'string') return wrong;
  const all = ranges.filter((it) => typeof it !== 'string');
  for (const [n, a] of all.entries())
    for (const [other, b] of all.entries())
      if (
        other > n &&
        a.gender === b.gender &&
        a.fromMonth < (b.toMonth ?? Infinity) &&
        b.fromMonth < (a.toMonth ?? Infinity)
      )
        return m.lab_range_overlap({ one: n + 1, other: other + 1, sex: genderWord(a.gender) });
  return undefined;
}
