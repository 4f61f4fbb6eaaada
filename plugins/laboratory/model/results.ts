import Joi from 'joi';
import { z } from 'zod';
import { text, uuid } from '../../../core/routes.ts';
import { Instant } from '../../../core/shapes.ts';
import { Flag, Names, at, decimal, steps, value, words } from './parts.ts';

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
