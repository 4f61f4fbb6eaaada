import Joi from 'joi';
import { z } from 'zod';
import { instant, text, uuid } from '../../core/routes.ts';
import { DateText, Instant } from '../../core/shapes.ts';
import { PatientSummary } from '../patients/api.ts';

// Codes are R4's: http://hl7.org/fhir/R4/valueset-encounter-status.html and its neighbours.
export const icd10cm = 'http://hl7.org/fhir/sid/icd-10-cm';
export const loinc = 'http://loinc.org';
export const rxnorm = 'http://www.nlm.nih.gov/research/umls/rxnorm';
export const snomed = 'http://snomed.info/sct';
export const noKnownAllergy = { system: snomed, code: '716186003', display: 'No known allergy' };

export const encounterStatus = [
  'planned',
  'arrived',
  'triaged',
  'in-progress',
  'onleave',
  'finished',
  'cancelled',
  'entered-in-error',
  'unknown',
] as const;
export const EncounterStatus = z.enum(encounterStatus).meta({ id: 'EncounterStatus' });
export const conditionClinical = ['active', 'recurrence', 'relapse', 'inactive', 'remission', 'resolved'] as const;
export const conditionVerification = [
  'unconfirmed',
  'provisional',
  'differential',
  'confirmed',
  'refuted',
  'entered-in-error',
] as const;
export const allergyClinical = ['active', 'inactive', 'resolved'] as const;
export const allergyVerification = ['unconfirmed', 'confirmed', 'refuted', 'entered-in-error'] as const;
export const criticalities = ['low', 'high', 'unable-to-assess'] as const;
export const noteStatus = ['preliminary', 'final', 'amended', 'entered-in-error'] as const;
export const requestStatus = [
  'active',
  'on-hold',
  'cancelled',
  'completed',
  'entered-in-error',
  'stopped',
  'draft',
  'unknown',
] as const;
export const AllergyState = z.enum(['recorded', 'none-known', 'not-recorded']).meta({ id: 'AllergyState' });

const id = z.uuid();

// -- rows, as json.ts builds them ---------------------------------------------------------------------------------------

export const Encounter = z
  .strictObject({
    id,
    version: z.int(),
    status: EncounterStatus,
    class: z.string(),
    startedAt: Instant.nullable(),
    endedAt: Instant.nullable(),
    arrivedAt: Instant.nullable(),
    practitionerId: id.nullable(),
    practitionerName: z.string().nullable(),
    departmentId: id.nullable(),
    departmentName: z.string().nullable(),
    serviceId: id.nullable(),
    serviceName: z.string().nullable(),
    appointmentId: id.nullable(),
    reason: z.string().nullable(),
    patientId: id,
    diagnoses: z.array(z.strictObject({ code: z.string().nullable(), display: z.string() })),
  })
  .meta({ id: 'Encounter' });
export type Encounter = z.infer<typeof Encounter>;

export const EncounterItem = Encounter.extend({
  patient: PatientSummary.extend({ allergyState: AllergyState.nullable() }),
}).meta({ id: 'EncounterItem' });
export type EncounterItem = z.infer<typeof EncounterItem>;

/** What a visit goes through: until the doctor begins, with the doctor, and from coming to leaving. */
export const visitStages = ['waiting', 'in-progress', 'whole'] as const;
/** A stage today, of many visits: minutes are whole, null where nothing was measured. */
export const VisitStage = z
  .strictObject({
    stage: z.enum(visitStages),
    now: z.int(),
    /** Since when the one that has been in it longest is in it. */
    longestSince: Instant.nullable(),
    ended: z.int(),
    median: z.int().nullable(),
    longest: z.int().nullable(),
  })
  .meta({ id: 'VisitStage' });
export type VisitStage = z.infer<typeof VisitStage>;

export const Condition = z
  .strictObject({
    id,
    version: z.int(),
    patientId: id,
    encounterId: id.nullable(),
    code: z.string().nullable(),
    display: z.string(),
    clinicalStatus: z.enum(conditionClinical).nullable(),
    verificationStatus: z.enum(conditionVerification).nullable(),
    category: z.string().nullable(),
    onsetOn: DateText.nullable(),
    recordedAt: Instant.nullable(),
  })
  .meta({ id: 'Condition' });
export type Condition = z.infer<typeof Condition>;

export const Component = z
  .strictObject({
    system: z.string().nullish(),
    code: z.string().nullable(),
    display: z.string(),
    value: z.string().nullable(),
    unit: z.string().nullable(),
    interpretation: z.string().nullable(),
  })
  .meta({ id: 'Component' });
export type Component = z.infer<typeof Component>;

/** Numbers are text, as measured: 37.0 stays 37.0. */
export const Observation = z
  .strictObject({
    id,
    version: z.int(),
    patientId: id.nullable(),
    encounterId: id.nullable(),
    status: z.string(),
    category: z.string().nullable(),
    code: z.string().nullable(),
    display: z.string(),
    value: z.string().nullable(),
    unit: z.string().nullable(),
    effectiveAt: Instant.nullable(),
    interpretation: z.string().nullable(),
    components: z.array(Component).nullable(),
  })
  .meta({ id: 'Observation' });
export type Observation = z.infer<typeof Observation>;

export const Allergy = z
  .strictObject({
    id,
    version: z.int(),
    patientId: id,
    code: z.string().nullable(),
    display: z.string(),
    criticality: z.enum(criticalities).nullable(),
    clinicalStatus: z.enum(allergyClinical).nullable(),
    reaction: z.string().nullable(),
    recordedAt: Instant.nullable(),
    noneKnown: z.boolean(),
  })
  .meta({ id: 'Allergy' });
export type Allergy = z.infer<typeof Allergy>;

export const Note = z
  .strictObject({
    id,
    version: z.int(),
    patientId: id,
    encounterId: id.nullable(),
    status: z.enum(noteStatus),
    reason: z.string(),
    findings: z.string(),
    plan: z.string(),
    addenda: z.array(z.strictObject({ text: z.string(), authorName: z.string().nullable(), at: Instant })),
    authorName: z.string().nullable(),
    signedAt: Instant.nullable(),
    updatedAt: Instant,
  })
  .meta({ id: 'Note' });
export type Note = z.infer<typeof Note>;

export const Medication = z
  .strictObject({
    id,
    code: z.string().nullable(),
    display: z.string(),
    strength: z.string().nullable(),
    form: z.string().nullable(),
    unit: z.string(),
    ingredient: z.string().nullable(),
  })
  .meta({ id: 'Medication' });
export type Medication = z.infer<typeof Medication>;

/** Quantities are whole base units. */
export const MedicationRequest = z
  .strictObject({
    id,
    version: z.int(),
    status: z.enum(requestStatus),
    medicationId: id.nullable(),
    medicationDisplay: z.string(),
    dosageText: z.string().nullable(),
    quantity: z.int().nullable(),
    unit: z.string().nullable(),
    dispensedQuantity: z.int(),
    encounterId: id.nullable(),
    patientId: id,
    practitionerName: z.string().nullable(),
    authoredAt: Instant.nullable(),
    allergyCheck: z.enum(['clear', 'overridden', 'not-checked']),
    overrideReason: z.string().nullable(),
  })
  .meta({ id: 'MedicationRequest' });
export type MedicationRequest = z.infer<typeof MedicationRequest>;

export const Icd10Code = z
  .strictObject({ code: z.string(), display: z.string(), billable: z.boolean() })
  .meta({ id: 'Icd10Code' });
export const Substance = z
  .strictObject({ system: z.string(), code: z.string(), display: z.string() })
  .meta({ id: 'Substance' });

export const EncounterDetail = z
  .strictObject({
    encounter: EncounterItem,
    note: Note.nullable(),
    conditions: z.array(Condition),
    vitals: z.array(Observation),
    medicationRequests: z.array(MedicationRequest),
    /** Parts that this person may not read; they are empty above. */
    withheld: z.array(z.enum(['note', 'conditions', 'vitals', 'medicationRequests'])),
  })
  .meta({ id: 'EncounterDetail' });
export type EncounterDetail = z.infer<typeof EncounterDetail>;

// -- what may come in ---------------------------------------------------------------------------------------------------

export interface NewEncounter {
  patientId: string;
  practitionerId: string;
  reason?: string;
}
export const NewEncounter = Joi.object<NewEncounter>({
  patientId: uuid().required(),
  practitionerId: uuid().required(),
  reason: text(2000),
});

export interface NewCondition {
  patientId: string;
  encounterId?: string;
  code: string;
  category?: 'encounter-diagnosis' | 'problem-list-item';
}
export const NewCondition = Joi.object<NewCondition>({
  patientId: uuid().required(),
  encounterId: uuid(),
  code: text(10).required(),
  category: Joi.string().valid('encounter-diagnosis', 'problem-list-item'),
});

export interface NoteText {
  reason: string;
  findings: string;
  plan: string;
}
const body = () =>
  Joi.string()
    .allow('')
    .max(20_000)
    .pattern(/^[^\u0000]*$/, 'no NUL');
export const NoteText = Joi.object<NoteText, true>({
  reason: body().required(),
  findings: body().required(),
  plan: body().required(),
});

export const vitalFields = [
  'systolic',
  'diastolic',
  'heartRate',
  'temperature',
  'respiratoryRate',
  'oxygenSaturation',
  'weight',
  'height',
  'pain',
] as const;
export type VitalField = (typeof vitalFields)[number];
export type NewVitals = { patientId: string; encounterId?: string; effectiveAt?: string } & Partial<
  Record<VitalField, number>
>;
const measured = () => Joi.number().precision(3).strict();
export const NewVitals = Joi.object<NewVitals>({
  patientId: uuid().required(),
  encounterId: uuid(),
  effectiveAt: instant(),
  systolic: measured(),
  diastolic: measured(),
  heartRate: measured(),
  temperature: measured(),
  respiratoryRate: measured(),
  oxygenSaturation: measured(),
  weight: measured(),
  height: measured(),
  pain: measured(),
}).or(...vitalFields);

export type NewAllergy =
  | { patientId: string; noKnownAllergies: true }
  | {
      patientId: string;
      noKnownAllergies?: undefined;
      display: string;
      code?: string;
      system?: string;
      criticality?: (typeof criticalities)[number];
      reaction?: string;
    };
export const NewAllergy = Joi.object<NewAllergy>({
  patientId: uuid().required(),
  noKnownAllergies: Joi.boolean().valid(true),
  display: text(200),
  code: text(100),
  system: text(200),
  criticality: Joi.string().valid(...criticalities),
  reaction: text(1000),
})
  .xor('display', 'noKnownAllergies')
  .with('code', 'display')
  .with('system', 'code')
  .without('noKnownAllergies', ['criticality', 'reaction']);

export interface NewMedicationRequest {
  patientId: string;
  encounterId?: string;
  medicationId: string;
  dosageText: string;
  quantity: number;
  /** Why it is prescribed although an allergy speaks against it. */
  overrideReason?: string;
}
export const NewMedicationRequest = Joi.object<NewMedicationRequest>({
  patientId: uuid().required(),
  encounterId: uuid(),
  medicationId: uuid().required(),
  dosageText: text(2000).required(),
  quantity: Joi.number().integer().min(1).max(100_000).required(),
  overrideReason: text(500).min(3),
});
