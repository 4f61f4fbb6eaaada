import type { UsableLot } from '../types.ts';

/** How a quantity is taken from the lots: the earliest expiry first. The server does the same; this shows it beforehand. */
export function planLots(lots: readonly UsableLot[], quantity: number): { lot: UsableLot; take: number }[] {
  let left = quantity;
  return [...lots]
    .sort((a, b) => (a.expiresOn < b.expiresOn ? -1 : a.expiresOn > b.expiresOn ? 1 : 0))
    .map((lot) => {
      const take = Math.min(left, lot.available);
      left -= take;
      return { lot, take };
    });
}
