import type { Claim, ClaimCounts, ClaimLine, InvoiceShares } from '../types.ts';

// Names for parts of what the server says.
export type Shares = InvoiceShares;
export type Workflow = Claim['workflow'];
export type NextAction = NonNullable<ClaimLine['nextAction']>;
export type Counts = ClaimCounts;
export const queues = [
  'failing',
  'ready',
  'submitted',
  'pended',
  'rejected',
  'denied',
  'awaiting-payment',
  'closed',
] as const;
export type Queue = (typeof queues)[number];
