import Joi from 'joi';
import { z } from 'zod';
import { day, text, uuid } from '../../core/routes.ts';
import { DateText, Instant } from '../../core/shapes.ts';
import { PatientSummary } from '../patients/api.ts';

/** HL7 v2 table 0116. O is a bed with a patient; the other states are those of a bed without one. */
export const bedStates = ['U', 'O', 'H', 'C', 'I', 'K'] as const;
export const emptyStates = ['U', 'H', 'C', 'I', 'K'] as const;
export const BedState = z.enum(bedStates).meta({ id: 'BedState' });
export type BedState = z.infer<typeof BedState>;

export const stayStatus = ['requested', 'admitted', 'discharge-ordered', 'cleared', 'discharged', 'cancelled'] as const;
export const StayStatus = z.enum(stayStatus).meta({ id: 'StayStatus' });
export type StayStatus = z.infer<typeof StayStatus>;
/** In a bed. */
export const inHouse = ['admitted', 'discharge-ordered', 'cleared'] as const satisfies readonly StayStatus[];

/** http://terminology.hl7.org/CodeSystem/admit-source */
export const admitSources = [
  'emd',
  'outp',
  'gp',
  'mp',
  'hosp-trans',
  'nursing',
  'psych',
  'rehab',
  'born',
  'other',
] as const;
/** http://terminology.hl7.org/CodeSystem/discharge-disposition */
export const dispositions = [
  'home',
  'alt-home',
  'other-hcf',
  'hosp',
  'long',
  'snf',
  'rehab',
  'psy',
  'aadvice',
  'exp',
  'oth',
] as const;
export type Disposition = (typeof dispositions)[number];
/** These end a stay whatever a doctor has ordered before. */
export const withoutClearance: readonly Disposition[] = ['aadvice', 'exp'];

export const isolations = ['contact', 'droplet', 'airborne', 'protective'] as const;
export const levels = ['general', 'intensive'] as const;

// -- what goes out ------------------------------------------------------------------------------------------------------

const id = z.uuid();
const words = z.string().nullable();
const at = Instant.nullable();

const Place = z.strictObject({
  bedId: id,
  bedName: z.string(),
  roomName: words,
  wardId: id,
  wardName: z.string(),
  since: Instant,
});

/** As the record has it, under its patient. */
export const StayOfRecord = z
  .strictObject({
    id,
    version: z.int(),
    status: StayStatus,
    patientId: id,
    encounterId: id.nullable(),
    reason: words,
    source: z.enum(admitSources),
    isolation: z.enum(isolations).nullable(),
    wardId: id.nullable(),
    wardName: words,
    practitionerId: id.nullable(),
    practitionerName: words,
    requesterName: words,
    requestedAt: Instant,
    admittedAt: at,
    plannedDischargeOn: DateText.nullable(),
    dischargeOrderedAt: at,
    clearedAt: at,
    dischargedAt: at,
    disposition: z.enum(dispositions).nullable(),
    cancelReason: words,
    /** Where the patient lies. */
    bed: Place.nullable(),
    /** The bed that is kept for the patient. */
    reserved: Place.nullable(),
    /** Every bed so far, the first one first. */
    moves: z.array(Place.extend({ until: at })),
  })
  .meta({ id: 'StayOfRecord' });
export const Stay = StayOfRecord.extend({ patient: PatientSummary }).meta({ id: 'Stay' });
export type Stay = z.infer<typeof Stay>;

export const Bed = z
  .strictObject({
    id,
    version: z.int(),
    name: z.string(),
    roomName: words,
    wardId: id,
    state: BedState,
    reason: words,
    since: Instant,
    /** Whoever lies here or for whom it is kept; null as well when that patient may not be seen. */
    stay: Stay.nullable(),
    reserved: z.boolean(),
  })
  .meta({ id: 'Bed' });
export type Bed = z.infer<typeof Bed>;

export const Ward = z
  .strictObject({
    id,
    version: z.int(),
    name: z.string(),
    level: z.enum(levels),
    chargeCode: z.string(),
    departmentId: id.nullable(),
    departmentName: words,
    beds: z.array(Bed),
  })
  .meta({ id: 'Ward' });
export type Ward = z.infer<typeof Ward>;

export const BedBoard = z.strictObject({ wards: z.array(Ward), waiting: z.array(Stay) }).meta({ id: 'BedBoard' });
export type BedBoard = z.infer<typeof BedBoard>;

/** A bed that may be taken, as refusals name it. */
export const FreeBed = z.strictObject({ bedId: id, bedName: z.string(), wardId: id, wardName: z.string() });
export type FreeBed = z.infer<typeof FreeBed>;

// -- what may come in ---------------------------------------------------------------------------------------------------

export interface NewStay {
  patientId: string;
  /** Admits at once; without it the patient waits for a bed. */
  bedId?: string;
  wardId?: string;
  originId?: string;
  practitionerId?: string;
  source: (typeof admitSources)[number];
  reason: string;
  isolation?: (typeof isolations)[number] | null;
  plannedDischargeOn?: string | null;
}
const isolation = () =>
  Joi.string()
    .valid(...isolations)
    .allow(null);
export const NewStay = Joi.object<NewStay, true>({
  patientId: uuid().required(),
  bedId: uuid(),
  wardId: uuid(),
  originId: uuid(),
  practitionerId: uuid(),
  source: Joi.string()
    .valid(...admitSources)
    .default('other'),
  reason: text(2000).required(),
  isolation: isolation(),
  plannedDischargeOn: day().allow(null),
});

export interface Plan {
  plannedDischargeOn: string | null;
  isolation: (typeof isolations)[number] | null;
}
export const Plan = Joi.object<Plan, true>({
  plannedDischargeOn: day().allow(null).required(),
  isolation: isolation().required(),
});

export interface ToBed {
  bedId: string;
}
export const ToBed = Joi.object<ToBed, true>({ bedId: uuid().required() });
export const IntoBed = Joi.object<Partial<ToBed>, true>({ bedId: uuid() });

export interface DischargeOrder {
  plannedDischargeOn?: string;
}
export const DischargeOrder = Joi.object<DischargeOrder, true>({ plannedDischargeOn: day() });

export interface Discharge {
  disposition: Disposition;
}
export const Discharge = Joi.object<Discharge, true>({
  disposition: Joi.string()
    .valid(...dispositions)
    .required(),
});

export interface Reason {
  reason: string;
}
export const Reason = Joi.object<Reason, true>({ reason: text(500).min(3).required() });

export interface NewState {
  state: (typeof emptyStates)[number];
  reason?: string;
}
export const NewState = Joi.object<NewState, true>({
  state: Joi.string()
    .valid(...emptyStates)
    .required(),
  reason: text(500).when('state', { is: Joi.valid('C', 'I', 'K'), then: Joi.required() }),
});

export interface WardInput {
  name: string;
  departmentId?: string | null;
  level: (typeof levels)[number];
  chargeCode: string;
}
export const WardInput = Joi.object<WardInput, true>({
  name: text().required(),
  departmentId: uuid().allow(null),
  level: Joi.string()
    .valid(...levels)
    .default('general'),
  chargeCode: Joi.string()
    .pattern(/^[A-Z0-9][A-Z0-9.-]{0,39}$/, 'capital letters, digits, dot, dash')
    .required(),
});

export interface NewBed {
  wardId: string;
  name: string;
  roomName?: string;
}
export const NewBed = Joi.object<NewBed, true>({
  wardId: uuid().required(),
  name: text().required(),
  roomName: text(),
});
