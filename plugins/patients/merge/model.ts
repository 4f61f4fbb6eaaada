import Joi from 'joi';
import { z } from 'zod';
import { text, uuid } from '../../../core/routes.ts';
import { Instant } from '../../../core/shapes.ts';
import { Patient } from '../model.ts';

/** What of a person can be taken over from the record that is merged, and the columns that say it. */
export const takeable = {
  name: ['family_name', 'given_name', 'prefix', 'preferred_name', 'name_kind'],
  birthDate: ['birth_date', 'birth_precision'],
  gender: ['gender'],
  deceasedAt: ['deceased_at', 'deceased_precision'],
  phone: ['phone'],
  email: ['email'],
  address: ['address_line', 'postal_code', 'city', 'country'],
  language: ['language', 'other_languages', 'interpreter_needed'],
} as const;
export type Takeable = keyof typeof takeable;
const takeables = Object.keys(takeable) as Takeable[];

export interface NewMerge {
  /** The record that is no longer used afterwards. */
  otherId: string;
  /** Its version, as it was read. If-Match has that of the record that stays. */
  otherVersion: number;
  reason: string;
  take: Takeable[];
}
const version = () => Joi.number().integer().min(1).max(999_999_999).required();
const reason = () => text(500).min(3).required();
export const NewMerge = Joi.object<NewMerge>({
  otherId: uuid().required(),
  otherVersion: version(),
  reason: reason(),
  take: Joi.array()
    .items(Joi.string().valid(...takeables))
    .unique()
    .default([]),
});

export interface NewUnmerge {
  /** Version of the record that stayed, as it was read. If-Match has that of the one that was merged. */
  intoVersion: number;
  reason: string;
}
export const NewUnmerge = Joi.object<NewUnmerge, true>({ intoVersion: version(), reason: reason() });

/** How many, by table. */
const Counts = z.record(z.string(), z.int());

export const MergePreview = z
  .strictObject({
    /** The one that stays, and the one that would be merged into it. */
    patient: Patient,
    other: Patient,
    /** Rows of the other that would move, by table. */
    counts: Counts,
    /** What stands in the way, by the name of the refusal: ids of the visits, stays, appointments … of both. */
    blocked: z.record(z.string(), z.array(z.uuid())),
  })
  .meta({ id: 'MergePreview' });
export type MergePreview = z.infer<typeof MergePreview>;

export const Merge = z
  .strictObject({
    id: z.uuid(),
    /** The record that is no longer used. */
    patient: Patient,
    intoId: z.uuid(),
    intoVersion: z.int(),
    reason: z.string(),
    mergedBy: z.string().nullable(),
    mergedAt: Instant,
    counts: Counts,
  })
  .meta({ id: 'Merge' });
export type Merge = z.infer<typeof Merge>;

export const Unmerged = z
  .strictObject({
    /** The record that is used again. */
    patient: Patient,
    /** Rows that went back, as they were or with what was written in them since. */
    returned: z.int(),
    /** Rows that arose since and hang on one that went back. All others that arose since stay. */
    along: z.int(),
    /** Rows that had been removed since, and stay removed. */
    missing: z.int(),
  })
  .meta({ id: 'Unmerged' });
export type Unmerged = z.infer<typeof Unmerged>;
