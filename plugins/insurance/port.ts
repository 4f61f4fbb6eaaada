import type { ClaimAnswer, EligibilityAnswer, NewRemittance } from './model.ts';

/** A payer's payment, claim by claim; `payerCode` is the payer's code here. */
export interface PayerPayment extends Pick<NewRemittance, 'reference' | 'paidOn' | 'currency'> {
  payerCode: string;
  claims: { claimReference: string; amountMinor: number }[];
}

/**
 * What a connection to payers can do, whatever it speaks. Everything may be called again: `deliver` with the same identifier
 * makes nothing twice. @throws when the payer is away; Unreadable when it answers what nobody can read
 */
export interface PayerPort {
  /** Gives the payer's id of what was delivered. */
  deliver: (it: { kind: 'claim' | 'eligibility'; identifier: string; body: object }) => Promise<string>;
  /** Null while there is no answer. */
  claimAnswer: (remoteId: string) => Promise<ClaimAnswer | null>;
  eligibilityAnswer: (remoteId: string) => Promise<EligibilityAnswer | null>;
  payments: (since: string) => Promise<PayerPayment[]>;
}

/** The payer has answered, and it makes no sense. */
export class Unreadable extends Error {}
