import Joi from 'joi';
import { z } from 'zod';
import { Names, Option, decimal, genders, kinds, value, words } from './parts.ts';

export const sections = [
  'haematology',
  'coagulation',
  'chemistry',
  'endocrinology',
  'blood-gas',
  'urine',
  'microbiology',
] as const;

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
