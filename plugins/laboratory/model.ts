import Joi from 'joi';
import { z } from 'zod';
import { day, instant, text, uuid } from '../../core/routes.ts';
import { DateText, Instant, newestOf } from '../../core/shapes.ts';
import { PatientSummary } from '../patients/api.ts';

export const priorities = ['routine', 'urgent', 'stat'] as const;
export const rejections = [
  'haemolysed',
  'clotted',
  'insufficient',
  'wrong-container',
  'unlabelled',
  'mislabelled',
  'leaked',
  'too-old',
  'lost',
  'other',
] as const;
/** https://hl7.org/fhir/R4/valueset-request-status.html */
export const requestStatus = [
  'draft',
  'active',
  'on-hold',
  'revoked',
  'completed',
  'entered-in-error',
  'unknown',
] as const;
/** https://hl7.org/fhir/R4/valueset-diagnostic-report-status.html */
export const reportStatus = [
  'registered', 'partial', 'preliminary', 'final', 'amended', 'corrected', 'appended', 'cancelled', 'entered-in-error', 'unknown',
] as const; // prettier-ignore
export const steps = ['ordered', 'collected', 'received', 'rejected'] as const;
export const sections = [
  'haematology',
  'coagulation',
  'chemistry',
  'endocrinology',
  'blood-gas',
  'urine',
  'microbiology',
] as const;
const kinds = ['numeric', 'coded', 'text'] as const;
const genders = ['any', 'female', 'male'] as const;
const decimal = z.string().nullable();
const at = Instant.nullable();
const words = z.string().nullable();
/** https://hl7.org/fhir/R4/valueset-observation-interpretation.html, those that this laboratory gives. */
const Flag = z.enum(['N', 'L', 'H', 'LL', 'HH', 'A', 'AA']).meta({ id: 'LaboratoryFlag' });

/** The display in other languages than English, as the catalogue has it: the reader's interface chooses. */
const Names = z.strictObject({ es: z.string().optional(), ar: z.string().optional() }).meta({ id: 'LaboratoryNames' });

// -- the catalogue ------------------------------------------------------------------------------------------------------

const Option = z.strictObject({ code: z.string(), display: z.string(), interpretation: Flag.nullable() });

export const Range = z.strictObject({
  gender: z.enum(genders),
  fromMonth: z.int(),
  toMonth: z.int().nullable(),
  low: decimal,
  high: decimal,
  criticalLow: decimal,
  criticalHigh: decimal,
});

export const LabTest = z
  .strictObject({
    id: z.uuid(),
    version: z.int(),
    code: z.string(),
    loinc: z.string(),
    display: z.string(),
    names: Names,
    section: z.enum(sections),
    container: z.strictObject({ code: z.string(), display: z.string(), names: Names, colour: z.string() }),
    kind: z.enum(kinds),
    unit: words,
    decimals: z.int(),
    lowest: decimal,
    highest: decimal,
    options: z.array(Option).nullable(),
    release: z.enum(['verified', 'days', 'manual']),
    releaseDays: z.int(),
    escalateMinutes: z.int(),
    active: z.boolean(),
    ranges: z.array(Range),
  })
  .meta({ id: 'LaboratoryTest' });
export type LabTest = z.infer<typeof LabTest>;

/** What can be ordered: a test, or a panel with its tests. */
export const Orderable = z
  .strictObject({
    kind: z.enum(['test', 'panel']),
    id: z.uuid(),
    code: z.string(),
    display: z.string(),
    names: Names,
    section: z.string(),
    containers: z.array(z.strictObject({ display: z.string(), names: Names })),
    tests: z.array(z.strictObject({ id: z.uuid(), display: z.string(), names: Names })),
  })
  .meta({ id: 'LaboratoryOrderable' });
export type Orderable = z.infer<typeof Orderable>;

// -- results ------------------------------------------------------------------------------------------------------------

export const Correction = z
  .strictObject({ value: words, unit: words, interpretation: Flag.nullable(), reason: z.string(), at: Instant })
  .meta({ id: 'LaboratoryCorrection' });

/** A result as the chart shows it: verified or corrected, with what it said before; `value` is null until it is verified. */
export const LabResult = z
  .strictObject({
    id: z.uuid(),
    version: z.int(),
    testId: z.uuid(),
    code: z.string(),
    display: z.string(),
    names: Names,
    status: z.enum(['ordered', 'entered', 'verified', 'withdrawn', 'cancelled']),
    value: words,
    unit: words,
    interpretation: Flag.nullable(),
    low: decimal,
    high: decimal,
    comment: words,
    verifiedAt: at,
    corrections: z.array(Correction),
    releasedAt: at,
    withheldReason: words,
    release: z.enum(['verified', 'days', 'manual']),
    observationId: z.uuid().nullable(),
    accession: words,
    step: z.enum(steps),
    /** The laboratory elsewhere that performs it, and since when that says it has the order. */
    sentTo: words,
    acknowledgedAt: at,
    /** How that laboratory marked the value. */
    sentFlag: words,
  })
  .meta({ id: 'LaboratoryResult' });
export type LabResult = z.infer<typeof LabResult>;

/** One test or panel that was ordered, and how far it is. */
export const LabRequest = z
  .strictObject({
    id: z.uuid(),
    version: z.int(),
    status: z.enum(requestStatus),
    display: z.string(),
    names: Names,
    code: words,
    isPanel: z.boolean(),
    statusReason: words,
    againReason: words,
    reportStatus: z.enum(reportStatus),
    results: z.array(LabResult),
  })
  .meta({ id: 'LaboratoryRequest' });
export type LabRequest = z.infer<typeof LabRequest>;

export const Order = z
  .strictObject({
    id: z.uuid(),
    patientId: z.uuid(),
    encounterId: z.uuid().nullable(),
    priority: z.enum(priorities).nullable(),
    reason: words,
    requesterName: words,
    responsibleName: words,
    orderedAt: Instant,
    requests: z.array(LabRequest),
    specimens: z.array(
      z.strictObject({ id: z.uuid(), version: z.int(), accession: words, step: z.enum(steps), container: words }),
    ),
  })
  .meta({ id: 'LaboratoryOrder' });
export type Order = z.infer<typeof Order>;

// -- the bench ----------------------------------------------------------------------------------------------------------

/** A result as the bench works on it, with the limits that hold for this patient and what was found before. */
export const BenchResult = z
  .strictObject({
    id: z.uuid(),
    version: z.int(),
    status: z.enum(['ordered', 'entered', 'verified', 'withdrawn', 'cancelled']),
    requestId: z.uuid(),
    requestDisplay: z.string(),
    requestNames: Names,
    code: z.string(),
    display: z.string(),
    names: Names,
    kind: z.enum(kinds),
    unit: words,
    decimals: z.int(),
    lowest: decimal,
    highest: decimal,
    options: z.array(Option).nullable(),
    low: decimal,
    high: decimal,
    criticalLow: decimal,
    criticalHigh: decimal,
    value: words,
    valueCode: words,
    interpretation: Flag.nullable(),
    comment: words,
    corrections: z.array(Correction),
    previous: z.strictObject({ value: z.string(), at: Instant }).nullable(),
    deltaPercent: z.int().nullable(),
    sentTo: words,
  })
  .meta({ id: 'LaboratoryBenchResult' });

export const Specimen = z
  .strictObject({
    id: z.uuid(),
    version: z.int(),
    accession: z.string(),
    step: z.enum(steps),
    priority: z.enum(priorities),
    container: z.strictObject({
      code: z.string(),
      display: z.string(),
      names: Names,
      colour: z.string(),
      specimen: z.string(),
      specimenNames: Names,
    }),
    patient: PatientSummary,
    encounterId: z.uuid().nullable(),
    departmentName: words,
    requesterName: words,
    reason: words,
    orderedAt: Instant,
    collectedAt: at,
    collectorName: words,
    receivedAt: at,
    rejectedAt: at,
    rejection: words,
    rejectionNote: words,
    replacesAccession: words,
    waitingSince: Instant,
    results: z.array(BenchResult),
  })
  .meta({ id: 'LaboratorySpecimen' });
export type Specimen = z.infer<typeof Specimen>;

export const Worklist = z
  .strictObject({
    items: z.array(Specimen),
    counts: z.strictObject({ collect: z.int(), receive: z.int(), results: z.int(), critical: z.int() }),
  })
  .meta({ id: 'LaboratoryWorklist' });
export type Worklist = z.infer<typeof Worklist>;
export const tabs = ['collect', 'receive', 'results'] as const;
export type Tab = (typeof tabs)[number];

// -- critical results ---------------------------------------------------------------------------------------------------

export const CriticalResult = z
  .strictObject({
    id: z.uuid(),
    version: z.int(),
    patient: PatientSummary,
    encounterId: z.uuid().nullable(),
    display: z.string(),
    names: Names,
    value: z.string(),
    unit: words,
    interpretation: Flag,
    low: decimal,
    high: decimal,
    ownerId: z.uuid().nullable(),
    ownerName: words,
    departmentName: words,
    mine: z.boolean(),
    raisedAt: Instant,
    dueAt: Instant,
    escalatedAt: at,
    acknowledgedAt: at,
    acknowledgedByName: words,
    channel: words,
    readBack: words,
    note: words,
  })
  .meta({ id: 'LaboratoryCriticalResult' });
export type CriticalResult = z.infer<typeof CriticalResult>;

/** Whose critical results go to whom meanwhile. */
export const Deputy = z
  .strictObject({
    id: z.uuid(),
    version: z.int(),
    practitionerId: z.uuid(),
    practitionerName: z.string(),
    deputyId: z.uuid(),
    deputyName: z.string(),
    startsOn: DateText,
    endsOn: DateText,
    inForce: z.boolean(),
  })
  .meta({ id: 'LaboratoryDeputy' });
export type Deputy = z.infer<typeof Deputy>;

// -- the chart ----------------------------------------------------------------------------------------------------------

/** A line of the record's section `results`: ours with range, corrections and release, and what came from elsewhere. */
export const ChartResult = z
  .strictObject({
    id: z.uuid(),
    resultId: z.uuid().nullable(),
    version: z.int().nullable(),
    status: z.string(),
    code: words,
    display: z.string(),
    names: Names,
    value: words,
    unit: words,
    interpretation: words,
    low: decimal,
    high: decimal,
    effectiveAt: at,
    encounterId: z.uuid().nullable(),
    panel: words,
    panelNames: Names,
    comment: words,
    corrections: z.array(Correction),
    releasedAt: at,
    withheldReason: words,
    release: words,
  })
  .meta({ id: 'LaboratoryChartResult' });
export type ChartResult = z.infer<typeof ChartResult>;
export const ResultsOfRecord = newestOf(ChartResult);

export const Trend = z
  .strictObject({
    code: z.string(),
    display: z.string(),
    unit: words,
    points: z.array(
      z.strictObject({
        value: z.string(),
        at: Instant,
        interpretation: words,
        low: decimal,
        high: decimal,
        corrected: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'LaboratoryTrend' });
export type Trend = z.infer<typeof Trend>;

// -- what may come in ---------------------------------------------------------------------------------------------------

export interface NewOrder {
  patientId: string;
  encounterId?: string;
  items: { testId?: string; panelId?: string }[];
  priority: (typeof priorities)[number];
  reason?: string;
  responsibleId?: string;
  again?: boolean;
  againReason?: string;
}
export const NewOrder = Joi.object<NewOrder, true>({
  patientId: uuid().required(),
  encounterId: uuid(),
  items: Joi.array()
    .items(Joi.object({ testId: uuid(), panelId: uuid() }).xor('testId', 'panelId'))
    .min(1)
    .max(30)
    .unique((a: object, b: object) => JSON.stringify(a) === JSON.stringify(b))
    .required(),
  priority: Joi.string()
    .valid(...priorities)
    .default('routine'),
  reason: text(500),
  responsibleId: uuid(),
  again: Joi.boolean().default(false),
  againReason: text(500).min(3).when('again', { is: true, then: Joi.required() }),
});

export interface Reason {
  reason: string;
}
export const Reason = Joi.object<Reason, true>({ reason: text(500).min(3).required() });

export interface Collection {
  collectedAt?: string;
}
export const Collection = Joi.object<Collection, true>({ collectedAt: instant() });

export interface Rejection {
  reason: (typeof rejections)[number];
  note?: string;
  recollect: boolean;
}
export const Rejection = Joi.object<Rejection, true>({
  reason: Joi.string()
    .valid(...rejections)
    .required(),
  note: text(500).when('reason', { is: 'other', then: Joi.required() }),
  recollect: Joi.boolean().default(true),
});

/** Numbers come as text, so that what was typed is what is kept: a point, no exponent. */
const value = () => Joi.string().pattern(/^-?\d{1,9}(\.\d{1,6})?$/, 'decimal');
export interface Entry {
  id: string;
  version: number;
  value?: string | null;
  valueCode?: string | null;
  valueText?: string | null;
  comment?: string | null;
}
const Entry = Joi.object<Entry>({
  id: uuid().required(),
  version: Joi.number().integer().min(1).required(),
  value: value().allow(null),
  valueCode: text(40).allow(null),
  valueText: text(2000).allow(null),
  comment: text(500).allow(null),
});
export interface Entries {
  results: Entry[];
}
export const Entries = Joi.object<Entries, true>({
  results: Joi.array().items(Entry).min(1).max(60).unique('id').required(),
});

export interface Verification {
  results: { id: string; version: number }[];
}
export const Verification = Joi.object<Verification, true>({
  results: Joi.array()
    .items(Joi.object({ id: uuid().required(), version: Joi.number().integer().min(1).required() }))
    .min(1)
    .max(60)
    .unique('id')
    .required(),
});

/** Another value, or none at all: what was reported belongs to somebody else. */
export interface NewCorrection {
  value?: string;
  valueCode?: string;
  valueText?: string;
  withdraw?: true;
  reason: string;
}
export const NewCorrection = Joi.object<NewCorrection, true>({
  value: value(),
  valueCode: text(40),
  valueText: text(2000),
  withdraw: Joi.boolean().valid(true),
  reason: text(500).min(3).required(),
}).xor('value', 'valueCode', 'valueText', 'withdraw');

export interface Acknowledgement {
  readBack: string;
  note?: string;
}
export const Acknowledgement = Joi.object<Acknowledgement, true>({ readBack: text(60).required(), note: text(500) });

export interface Call {
  practitionerId: string;
  readBack: string;
  note?: string;
}
export const Call = Joi.object<Call, true>({
  practitionerId: uuid().required(),
  readBack: text(60).required(),
  note: text(500),
});

export interface Ranges {
  ranges: z.infer<typeof Range>[];
  release?: LabTest['release'];
  releaseDays?: number;
  escalateMinutes?: number;
  /** Beyond them nothing was measured, something was mistyped. */
  lowest?: string;
  highest?: string;
  active?: boolean;
}
export const Ranges = Joi.object<Ranges, true>({
  ranges: Joi.array()
    .items(
      Joi.object({
        gender: Joi.string()
          .valid(...genders)
          .required(),
        fromMonth: Joi.number().integer().min(0).max(1800).required(),
        toMonth: Joi.number().integer().min(1).max(1800).allow(null).default(null),
        low: value().allow(null).default(null),
        high: value().allow(null).default(null),
        criticalLow: value().allow(null).default(null),
        criticalHigh: value().allow(null).default(null),
      }),
    )
    .max(40)
    .required(),
  release: Joi.string().valid('verified', 'days', 'manual'),
  releaseDays: Joi.number().integer().min(0).max(90),
  escalateMinutes: Joi.number().integer().min(1).max(1440),
  lowest: value(),
  highest: value(),
  active: Joi.boolean(),
});

export interface NewDeputy {
  practitionerId: string;
  deputyId: string;
  startsOn: string;
  /** The last day. */
  endsOn: string;
}
export const NewDeputy = Joi.object<NewDeputy, true>({
  practitionerId: uuid().required(),
  deputyId: uuid().required(),
  startsOn: day().required(),
  endsOn: day().required(),
});
