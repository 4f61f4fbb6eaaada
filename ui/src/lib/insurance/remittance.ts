import type { ClaimItem, DateText } from '../types.ts';

export interface RemittanceLineFields {
  key: number;
  /** Our number of the claim, or what the payer wrote when no claim is found by it. */
  reference: string;
  claim: ClaimItem | undefined;
  amount: string;
}
export interface RemittanceFields extends Record<string, unknown> {
  payerId: string;
  reference: string;
  paidOn: DateText | null | undefined;
  amount: string;
  lines: RemittanceLineFields[];
}

/** What the payer has promised for a claim and not paid. */
export const leftOf = (claim: ClaimItem): number => claim.benefitMinor - claim.paidMinor;
