import Joi from 'joi';
import { z } from 'zod';
import { day, text, uuid } from '../../core/routes.ts';
import { DateText, Instant, itemsOf } from '../../core/shapes.ts';
import { PatientSummary } from '../patients/api.ts';

export const fmStatus = ['active', 'cancelled', 'draft', 'entered-in-error'] as const;
export const outcomes = ['queued', 'complete', 'error', 'partial'] as const;
export const workflows = [
  'draft', 'ready', 'submitted', 'accepted', 'pended', 'rejected', 'adjudicated', 'closed', 'cancelled',
] as const; // prettier-ignore
export type Workflow = (typeof workflows)[number];
export const lineStates = ['open', 'settled', 'denied', 'appealed', 'resubmitted', 'resolved'] as const;
export const nextActions = ['resubmit', 'appeal', 'bill-patient', 'write-off'] as const;
export type NextAction = (typeof nextActions)[number];

const id = z.uuid();
const maybe = z.string().nullable();
const time = Instant.nullable();

// -- payers -------------------------------------------------------------------------------------------------------------

export const Plan = z.strictObject({
  id, name: z.string(), currency: z.string(), deductibleMinor: z.int(), copayMinor: z.int(),
  /** The patient's part of what is left, as a decimal: '0.2000'. */
  coinsuranceRate: z.string(),
  active: z.boolean(), version: z.int(),
  codes: z.array(z.strictObject({ code: z.string(), rule: z.enum(['excluded', 'authorisation']) })),
}).meta({ id: 'InsurancePlan' }); // prettier-ignore
export const Payer = z.strictObject({
  id, code: z.string(), name: z.string(), subscriberPattern: maybe, filingDays: z.int().nullable(), active: z.boolean(), version: z.int(),
  plans: z.array(Plan),
}).meta({ id: 'Payer' }); // prettier-ignore
export type Payer = z.infer<typeof Payer>;

export interface NewPayer {
  code: string;
  name: string;
  subscriberPattern?: string | null;
  filingDays?: number | null;
  active?: boolean;
}
/** One pattern of PostgreSQL's; one that it cannot read is refused here. */
const pattern = () =>
  text(120).custom((value: string, helpers) => {
    try {
      new RegExp(value);
      return value;
    } catch {
      return helpers.error('any.invalid');
    }
  });
export const NewPayer = Joi.object<NewPayer, true>({
  code: Joi.string()
    .pattern(/^[A-Z0-9-]{2,20}$/, 'capital letters, digits, dashes')
    .required(),
  name: text(120).required(),
  subscriberPattern: pattern().allow(null),
  filingDays: Joi.number().integer().min(1).max(3650).allow(null),
  active: Joi.boolean(),
});

export interface NewPlan {
  payerId: string;
  name: string;
  deductibleMinor?: number;
  copayMinor?: number;
  coinsuranceRate?: string;
  active?: boolean;
  codes?: { code: string; rule: 'excluded' | 'authorisation' }[];
}
const minor = () => Joi.number().integer().min(0).max(Number.MAX_SAFE_INTEGER);
export const NewPlan = Joi.object<NewPlan, true>({
  payerId: uuid().required(),
  name: text(120).required(),
  deductibleMinor: minor(),
  copayMinor: minor(),
  coinsuranceRate: Joi.string().pattern(/^(0(\.\d{1,4})?|1(\.0{1,4})?)$/, 'a share between 0 and 1'),
  active: Joi.boolean(),
  codes: Joi.array()
    .max(500)
    .items(Joi.object({ code: text(80).required(), rule: Joi.string().valid('excluded', 'authorisation').required() })),
});

// -- coverages ----------------------------------------------------------------------------------------------------------

export const Eligibility = z.strictObject({
  id, askedAt: Instant, serviceOn: DateText, answeredAt: time, outcome: z.enum(outcomes).nullable(),
  /** Null while there is no answer, or when the payer did not say. */
  inForce: z.boolean().nullable(),
  disposition: maybe, copayMinor: z.int().nullable(),
}).meta({ id: 'Eligibility' }); // prettier-ignore
export type Eligibility = z.infer<typeof Eligibility>;

const PayerName = z.strictObject({ id, code: z.string(), name: z.string() }).meta({ id: 'PayerName' });
export const Coverage = z.strictObject({
  id, version: z.int(), status: z.enum(fmStatus), patientId: id, payer: PayerName,
  plan: z.strictObject({
    id, name: z.string(), currency: z.string(), deductibleMinor: z.int(), copayMinor: z.int(), coinsuranceRate: z.string(),
  }),
  subscriberId: z.string(), startsOn: DateText, endsOn: DateText.nullable(), priority: z.int(),
  /** The newest question to the payer, answered or not. */
  eligibility: Eligibility.nullable(),
}).meta({ id: 'Coverage' }); // prettier-ignore
export type Coverage = z.infer<typeof Coverage>;
export const CoveragesOfRecord = itemsOf(Coverage);

export interface CoverageChange {
  planId: string;
  subscriberId: string;
  startsOn: string;
  endsOn?: string | null;
  priority?: number;
}
export interface NewCoverage extends CoverageChange {
  patientId: string;
}
const coverageFields = {
  planId: uuid().required(),
  subscriberId: text(60).required(),
  startsOn: day().required(),
  endsOn: day().allow(null),
  priority: Joi.number().integer().min(1).max(9),
};
export const CoverageChange = Joi.object<CoverageChange, true>(coverageFields);
export const NewCoverage = Joi.object<NewCoverage, true>({ patientId: uuid().required(), ...coverageFields });

// -- shares -------------------------------------------------------------------------------------------------------------

export const Share = z.strictObject({
  chargeItemId: id, amountMinor: z.int(), excludedMinor: z.int(), deductibleMinor: z.int(), copayMinor: z.int(), coinsuranceMinor: z.int(),
  patientMinor: z.int(), payerMinor: z.int(),
}).meta({ id: 'InvoiceLineShare' }); // prettier-ignore
export const Shares = z.strictObject({
  invoiceId: id, patientId: id, patientMinor: z.int(), payerMinor: z.int(),
  coverage: z.strictObject({ id, payerName: z.string(), planName: z.string(), subscriberId: z.string() }).nullable(),
  claims: z.array(z.strictObject({ id, number: z.string(), workflow: z.enum(workflows) })),
  lines: z.array(Share),
}).meta({ id: 'InvoiceShares' }); // prettier-ignore
export type Shares = z.infer<typeof Shares>;

// -- claims -------------------------------------------------------------------------------------------------------------

export const Finding = z.strictObject({
  rule: z.string(), severity: z.enum(['error', 'warning']),
  /** 0: the claim as a whole; else the line's sequence. */
  line: z.int(),
  /** Key of the message catalogue. */
  sentence: z.string(),
}).meta({ id: 'ClaimFinding' }); // prettier-ignore

export const ClaimLine = z.strictObject({
  sequence: z.int(), chargeItemId: id, code: z.string(), display: z.string(), quantity: z.int(), submittedMinor: z.int(),
  diagnoses: z.array(z.int()), authorisation: maybe, state: z.enum(lineStates),
  benefitMinor: z.int().nullable(), copayMinor: z.int().nullable(), deductibleMinor: z.int().nullable(), coinsuranceMinor: z.int().nullable(),
  deniedMinor: z.int().nullable(), paidMinor: z.int(),
  /** Our code of the payer's reason, and the key of its sentence. */
  reason: maybe, reasonSentence: maybe, nextAction: z.enum(nextActions).nullable(),
}).meta({ id: 'ClaimLine' }); // prettier-ignore
export type ClaimLine = z.infer<typeof ClaimLine>;

const head = {
  id, version: z.int(), number: z.string(), workflow: z.enum(workflows), totalMinor: z.int(), currency: z.string(), servicedOn: DateText,
  submittedAt: time, answeredAt: time, payerReference: maybe, disposition: maybe, payer: PayerName, patient: PatientSummary,
  errors: z.int(), warnings: z.int(), benefitMinor: z.int(), deniedMinor: z.int(), paidMinor: z.int(),
  /** Of its denied lines, what comes first. */
  nextAction: z.enum(nextActions).nullable(), replacesId: id.nullable(),
}; // prettier-ignore
export const ClaimItem = z.strictObject(head).meta({ id: 'ClaimItem' });
export type ClaimItem = z.infer<typeof ClaimItem>;

export const Claim = z.strictObject({
  ...head,
  coverageId: id, subscriberId: z.string(), planName: z.string(), invoiceId: id, invoiceNumber: z.string(), encounterId: id.nullable(),
  frequency: z.int(), replacesReference: maybe, recallUntil: time,
  lines: z.array(ClaimLine),
  diagnoses: z.array(z.strictObject({ sequence: z.int(), code: z.string(), display: z.string() })),
  findings: z.array(Finding),
  answers: z.array(z.strictObject({ id, outcome: z.enum(outcomes), disposition: maybe, payerReference: maybe, answeredAt: Instant })),
  decisions: z.array(z.strictObject({ line: z.int(), action: z.enum(nextActions), reason: maybe, at: Instant, by: maybe })),
  /** Its states in order. */
  history: z.array(z.strictObject({ workflow: z.enum(workflows), at: Instant, by: maybe })),
  related: z.array(z.strictObject({ id, number: z.string(), workflow: z.enum(workflows), relation: z.enum(['replaces', 'replaced-by']) })),
}).meta({ id: 'Claim' }); // prettier-ignore
export type Claim = z.infer<typeof Claim>;

/** Views of the work list; a claim with a denied line is in `denied` whatever else it is. */
export const queues = [
  'failing', 'ready', 'submitted', 'pended', 'rejected', 'denied', 'awaiting-payment', 'closed', 'all',
] as const; // prettier-ignore
export type Queue = (typeof queues)[number];

export interface ClaimChange {
  lines: { sequence: number; diagnoses: number[]; authorisation?: string | null }[];
}
export const ClaimChange = Joi.object<ClaimChange, true>({
  lines: Joi.array()
    .max(500)
    .items(
      Joi.object({
        sequence: Joi.number().integer().min(1).required(),
        diagnoses: Joi.array().max(12).items(Joi.number().integer().min(1)).unique().required(),
        authorisation: text(60).allow(null),
      }),
    )
    .unique('sequence')
    .required(),
});

export interface Decide {
  action: NextAction;
  reason?: string;
}
export const Decide = Joi.object<Decide, true>({
  action: Joi.string().valid('appeal', 'bill-patient', 'write-off').required(),
  reason: text(500).when('action', { is: 'write-off', then: Joi.required() }),
});

// -- what a payer answers -------------------------------------------------------------------------------------------------

export interface LineAnswer {
  sequence: number;
  benefitMinor: number;
  copayMinor: number;
  deductibleMinor: number;
  coinsuranceMinor: number;
  deniedMinor: number;
  /** A code of reasons.csv; what is not in it is `other`. */
  reason?: string | null;
}
export interface ClaimAnswer {
  outcome: (typeof outcomes)[number];
  payerReference?: string | null;
  disposition?: string | null;
  lines?: LineAnswer[];
}
export const ClaimAnswer = Joi.object<ClaimAnswer, true>({
  outcome: Joi.string()
    .valid(...outcomes)
    .required(),
  payerReference: text(100).allow(null),
  disposition: text(500).allow(null),
  lines: Joi.array()
    .max(500)
    .unique('sequence')
    .items(
      Joi.object({
        sequence: Joi.number().integer().min(1).required(),
        benefitMinor: minor().required(),
        copayMinor: minor().default(0),
        deductibleMinor: minor().default(0),
        coinsuranceMinor: minor().default(0),
        deniedMinor: minor().default(0),
        reason: text(40).allow(null),
      }),
    ),
});

export interface EligibilityAnswer {
  outcome: (typeof outcomes)[number];
  inForce: boolean | null;
  disposition?: string | null;
  copayMinor?: number | null;
}

export interface NewRemittance {
  payerId: string;
  reference: string;
  paidOn: string;
  currency: string;
  /** What the advice or the bank says; it is the sum of the lines, or nothing is posted. */
  amountMinor?: number;
  /** Without a sequence the amount is for the whole claim. */
  lines: { claimReference: string; sequence?: number; amountMinor: number }[];
}
export const NewRemittance = Joi.object<NewRemittance, true>({
  payerId: uuid().required(),
  reference: text(100).required(),
  paidOn: day().required(),
  currency: Joi.string()
    .pattern(/^[A-Z]{3}$/, 'ISO 4217')
    .required(),
  amountMinor: minor(),
  lines: Joi.array()
    .min(1)
    .max(1000)
    .items(
      Joi.object({
        claimReference: text(100).required(),
        sequence: Joi.number().integer().min(1),
        amountMinor: minor().min(1).required(),
      }),
    )
    .required(),
});

export const RemittanceLine = z.strictObject({
  id, sequence: z.int(), claimReference: maybe, claimId: id.nullable(), claimNumber: maybe, patientId: id.nullable(), amountMinor: z.int(), appliedMinor: z.int(),
}).meta({ id: 'RemittanceLine' }); // prettier-ignore
export const Remittance = z.strictObject({
  id, version: z.int(), payer: PayerName, reference: z.string(), paidOn: DateText, amountMinor: z.int(), currency: z.string(),
  /** What no invoice took: somebody must find out why. */
  unappliedMinor: z.int(),
  lines: z.array(RemittanceLine),
}).meta({ id: 'Remittance' }); // prettier-ignore
export type Remittance = z.infer<typeof Remittance>;
