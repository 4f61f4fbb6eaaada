import Joi from 'joi';
import { z } from 'zod';
import { instant, text } from '../../../core/routes.ts';
import { Instant } from '../../../core/shapes.ts';

export const kinds = ['treatment', 'data-sharing', 'reminders-sms', 'reminders-email', 'research'] as const;
export type Kind = (typeof kinds)[number];
export const decisions = ['given', 'refused', 'withdrawn'] as const;
export type Decision = (typeof decisions)[number];

export interface NewConsent {
  kind: Kind;
  decision: Decision;
  /** When it was said or signed; now when it is left out. */
  decidedAt: string | null;
  /** Who answered for the patient; null: they themselves. */
  givenBy: string | null;
  /** The form, and where it is kept. */
  paper: string | null;
}
export const NewConsent = Joi.object<NewConsent, true>({
  kind: Joi.string()
    .valid(...kinds)
    .required(),
  decision: Joi.string()
    .valid(...decisions)
    .required(),
  decidedAt: instant().allow(null).default(null),
  givenBy: text(200).allow(null).default(null),
  paper: text(200).allow(null).default(null),
});

export const Consent = z
  .strictObject({
    id: z.uuid(),
    patientId: z.uuid(),
    kind: z.enum(kinds),
    decision: z.enum(decisions),
    decidedAt: Instant,
    givenBy: z.string().nullable(),
    paper: z.string().nullable(),
    recordedBy: z.string().nullable(),
    /** Another answer has taken its place. */
    supersededAt: Instant.nullable(),
  })
  .meta({ id: 'Consent' });
export type Consent = z.infer<typeof Consent>;
