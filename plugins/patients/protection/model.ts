import Joi from 'joi';
import { z } from 'zod';
import { day, text } from '../../../core/routes.ts';
import { Instant } from '../../../core/shapes.ts';

const reason = () => text(500).min(10).required();

/** Exactly who: the record number, or name and birth date. Nothing that could be used to look around. */
export interface BrokenGlass {
  recordNumber?: string;
  familyName?: string;
  givenName?: string;
  birthDate?: string;
  reason: string;
}
export const BrokenGlass = Joi.object<BrokenGlass, true>({
  recordNumber: text(40),
  familyName: text(120),
  givenName: text(120),
  birthDate: day(),
  reason: reason(),
})
  .xor('recordNumber', 'birthDate')
  .and('familyName', 'givenName', 'birthDate');

export const Glass = z
  .strictObject({
    id: z.uuid(),
    patientId: z.uuid(),
    recordNumber: z.string(),
    until: Instant,
    /** Seconds until then: the clock of a screen may be another. */
    endsIn: z.int(),
  })
  .meta({ id: 'Glass' });
export type Glass = z.infer<typeof Glass>;

export const verdicts = ['accepted', 'questioned', 'escalated'] as const;
export interface NewReview {
  verdict: (typeof verdicts)[number];
  note: string;
}
export const NewReview = Joi.object<NewReview, true>({
  verdict: Joi.string()
    .valid(...verdicts)
    .required(),
  note: text(2000).min(3).required(),
});

/** What the reviewer sees: the record's number, never its name: the inbox is no way round the protection. */
export const GlassItem = z
  .strictObject({
    id: z.uuid(),
    user: z.strictObject({ id: z.uuid(), displayName: z.string() }),
    patientId: z.uuid(),
    recordNumber: z.string(),
    labels: z.array(z.string()),
    reason: z.string(),
    brokenAt: Instant,
    until: Instant,
    /** The record is open to them now. */
    isOpen: z.boolean(),
    /** Null: nobody has looked yet. */
    verdict: z.enum(verdicts).nullable(),
    reviews: z.array(z.strictObject({ verdict: z.enum(verdicts), note: z.string(), by: z.string(), at: Instant })),
  })
  .meta({ id: 'GlassItem' });
export type GlassItem = z.infer<typeof GlassItem>;

export interface Reason {
  reason: string;
}
export const Reason = Joi.object<Reason, true>({ reason: text(500).min(3).required() });

export const Protection = z
  .strictObject({
    labels: z.array(z.strictObject({ label: z.string(), reason: z.string(), setAt: Instant })),
    /** The glass that the caller has broken for this record, while it is open. */
    glass: Glass.nullable(),
  })
  .meta({ id: 'Protection' });
export type Protection = z.infer<typeof Protection>;

/** What somebody did with the record while the glass was broken: the kind of thing, never its id. */
export const GlassLook = z
  .strictObject({
    id: z.uuid(),
    at: Instant,
    action: z.enum(['C', 'R', 'U', 'D', 'E']),
    subtype: z.enum(['listed', 'opened', 'export', 'print']).nullable(),
    object: z.string().nullable(),
    route: z.string(),
    outcome: z.int(),
  })
  .meta({ id: 'GlassLook' });
export type GlassLook = z.infer<typeof GlassLook>;

export const GlassCount = z.strictObject({ open: z.int() }).meta({ id: 'GlassCount' });
