import Joi from 'joi';
import { z } from 'zod';
import { instant, text } from '../../../core/routes.ts';
import { Instant } from '../../../core/shapes.ts';

/** What hides a record from everybody without clearance for it. Title: `label_<name>` of the message catalogue. */
export const labels = ['restricted', 'psychiatric', 'hiv', 'staff'] as const;
export type Label = (typeof labels)[number];

export interface NewClearance {
  label: Label;
  /** Left out: until somebody ends it. */
  until?: string | null;
  reason: string;
}
export const NewClearance = Joi.object<NewClearance, true>({
  label: Joi.string()
    .valid(...labels)
    .required(),
  until: instant().allow(null),
  reason: text(500).min(3).required(),
});

export const Clearance = z
  .strictObject({
    label: z.string(),
    until: Instant.nullable(),
    reason: z.string(),
    givenBy: z.string().nullable(),
    givenAt: Instant,
  })
  .meta({ id: 'Clearance' });
export type Clearance = z.infer<typeof Clearance>;
