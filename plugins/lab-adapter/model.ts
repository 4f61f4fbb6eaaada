import Joi from 'joi';
import { z } from 'zod';
import { text, uuid } from '../../core/routes.ts';
import { Instant } from '../../core/shapes.ts';
import { sections } from '../laboratory/api.ts';
import { PatientSummary } from '../patients/api.ts';

// -- what laboratories say, whichever language they speak ----------------------------------------------------------------

export interface Coded {
  code: string;
  system: string;
}
export interface Value {
  codes: Coded[];
  /** Null: the laboratory says something that is not known here. */
  status: 'preliminary' | 'final' | 'corrected' | 'withdrawn' | 'cancelled' | null;
  text: string;
  answers: Coded[];
  unit: string | null;
  flag: string | null;
  note: string | null;
}
export interface Report {
  /** What it says the order is called, and the specimen. */
  placers: string[];
  accessions: string[];
  values: Value[];
}
export interface Incoming {
  /** Training and debugging: kept, never posted by itself. */
  isTest: boolean;
  patient: { names: string[]; numbers: string[]; birthDate: string | null; gender: string | null } | null;
  reports: Report[];
}

/** Why a message waits for a person. */
export const parkings = [
  'unknown-order', 'no-patient', 'patient-differs', 'order-differs', 'test-not-ordered', 'unit-differs', 'value-unreadable', 'status-unknown', 'implausible',
  'final-differs', 'order-closed', 'not-collected', 'specimen-rejected', 'control-id-reused', 'test-message', 'unreadable',
] as const; // prettier-ignore
export type Parking = (typeof parkings)[number];

/** Stops the posting of a message: it waits for a person. */
export class Parked extends Error {
  readonly reason: Parking;
  readonly detail: string | null;
  constructor(reason: Parking, detail: string | null = null) {
    super(reason);
    this.reason = reason;
    this.detail = detail;
  }
}

// -- what is shown ------------------------------------------------------------------------------------------------------

const words = z.string().nullable();
const at = Instant.nullable();

export const Connection = z
  .strictObject({
    id: z.uuid(),
    version: z.int(),
    kind: z.enum(['mllp', 'fhir']),
    name: z.string(),
    active: z.boolean(),
    sections: z.array(z.enum(sections)),
    testIds: z.array(z.uuid()),
    /** Null: no address is set, and what is to be sent waits. */
    address: words,
    connected: z.boolean(),
    lastError: words,
    lastSentAt: at,
    lastReceivedAt: at,
    waiting: z.int(),
    oldestWaitingAt: at,
    parked: z.int(),
    unmatched: z.int(),
  })
  .meta({ id: 'LaboratoryConnection' });
export type Connection = z.infer<typeof Connection>;

export const Connections = z.strictObject({
  items: z.array(Connection),
  /** Where results arrive. */
  door: z.strictObject({ host: z.string(), port: z.int() }),
  /** What could be performed elsewhere. */
  tests: z.array(
    z
      .strictObject({ id: z.uuid(), code: z.string(), display: z.string(), section: z.enum(sections) })
      .meta({ id: 'LaboratoryConnectionTest' }),
  ),
});

export const states = ['waiting', 'acknowledged', 'posted', 'parked', 'rejected', 'refused', 'cancelled'] as const;
export const Message = z
  .strictObject({
    id: z.uuid(),
    version: z.int(),
    direction: z.enum(['in', 'out']),
    connectionName: z.string(),
    kind: words,
    controlId: words,
    sender: words,
    state: z.enum(states),
    code: words,
    reason: words,
    detail: words,
    attempts: z.int(),
    patient: PatientSummary.nullable(),
    accession: words,
    createdAt: Instant,
    sentAt: at,
    doneAt: at,
    decision: words,
  })
  .meta({ id: 'LaboratoryMessage' });
export type Message = z.infer<typeof Message>;

/** With what stands in it. `says`: what an incoming one says of patient and results, for the person who matches it. */
export const WholeMessage = Message.extend({
  body: z.string(),
  answer: words,
  says: z
    .strictObject({
      names: z.array(z.string()),
      numbers: z.array(z.string()),
      birthDate: words,
      gender: words,
      orders: z.array(z.string()),
      values: z.array(z.strictObject({ code: z.string(), text: z.string(), unit: words, flag: words, status: words })),
    })
    .nullable(),
}).meta({ id: 'LaboratoryWholeMessage' });
export type WholeMessage = z.infer<typeof WholeMessage>;

/** A specimen to which a message may belong. */
export const Candidate = z
  .strictObject({
    specimenId: z.uuid(),
    accession: z.string(),
    collectedAt: at,
    step: z.string(),
    patient: PatientSummary,
    tests: z.array(z.strictObject({ display: z.string(), code: z.string(), unit: words, status: z.string() })),
  })
  .meta({ id: 'LaboratoryCandidate' });
export type Candidate = z.infer<typeof Candidate>;

// -- what may come in ---------------------------------------------------------------------------------------------------

export interface Performs {
  name: string;
  active: boolean;
  sections: string[];
  testIds: string[];
}
export const Performs = Joi.object<Performs, true>({
  name: text(120).required(),
  active: Joi.boolean().required(),
  sections: Joi.array()
    .items(Joi.string().valid(...sections))
    .unique()
    .required(),
  testIds: Joi.array().items(uuid()).max(500).unique().required(),
});

export interface Match {
  specimenId: string;
}
export const Match = Joi.object<Match, true>({ specimenId: uuid().required() });
export interface Decision {
  reason: string;
}
export const Decision = Joi.object<Decision, true>({ reason: text(500).min(3).required() });
