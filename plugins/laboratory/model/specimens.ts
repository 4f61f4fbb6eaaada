import Joi from 'joi';
import { z } from 'zod';
import { instant, text } from '../../../core/routes.ts';
import { Instant } from '../../../core/shapes.ts';
import { PatientSummary } from '../../patients/api.ts';
import { Flag, Names, Option, at, decimal, kinds, priorities, steps, words } from './parts.ts';
import { Correction } from './results.ts';

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
