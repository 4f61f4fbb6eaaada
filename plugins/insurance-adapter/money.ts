import type { fhir } from '../../fhir/resource.ts';
import { Unreadable } from '../insurance/api.ts';

/** Minor units of an amount as FHIR writes it. An amount finer than its currency is refused, not rounded. */
export const minorOf = (amount: fhir.Money | undefined): number => {
  const { value, currency } = amount ?? {};
  if (value === undefined || currency === undefined) throw new Unreadable('an amount without value or currency');
  const digits =
    new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  const minor = Math.round(value * 10 ** digits);
  if (!Number.isSafeInteger(minor) || Math.abs(minor / 10 ** digits - value) > 1e-9 * Math.max(1, Math.abs(value)))
    throw new Unreadable('an amount that is no amount of its currency');
  return minor;
};
