import { parseNumber } from '../format.ts';
import type { Flag } from './types.ts';

interface Limits {
  low: string | null;
  high: string | null;
  criticalLow: string | null;
  criticalHigh: string | null;
}
const limit = (text: string | null) => (text === null ? undefined : Number(text));

/** While one types, by the rule that the server judges by: critical limits are reached, the others are passed. */
export function flagOf(value: number, it: Limits): Flag | null {
  const [low, high, least, most] = [it.low, it.high, it.criticalLow, it.criticalHigh].map(limit);
  if (least !== undefined && value <= least) return 'LL';
  if (most !== undefined && value >= most) return 'HH';
  if (low !== undefined && value < low) return 'L';
  if (high !== undefined && value > high) return 'H';
  return [low, high, least, most].some((one) => one !== undefined) ? 'N' : null;
}

/** How far it is from the value before, in percent; undefined when there is none to compare. */
export function deltaOf(value: number, previous: string | undefined): number | undefined {
  const before = previous === undefined ? null : parseNumber(previous);
  return before === null || before === 0 ? undefined : Math.round(((value - before) / Math.abs(before)) * 100);
}

/** `3.5–5.1`, `< 5`, `> 60`. */
export function rangeText(low: string | null, high: string | null): string {
  if (low !== null && high !== null) return `${low}–${high}`;
  if (high !== null) return `≤ ${high}`;
  return low === null ? '' : `≥ ${low}`;
}

export const isCritical = (flag: string | null): boolean => flag !== null && ['LL', 'HH', 'AA'].includes(flag);
