import Joi from 'joi';
import { z } from 'zod';
import { day, text, uuid } from '../../../core/routes.ts';
import { DateText } from '../../../core/shapes.ts';

/** Of http://terminology.hl7.org/CodeSystem/v3-RoleCode, those that a desk tells apart. */
export const relationships = [
  'MTH', 'FTH', 'PRN', 'SPS', 'DOMPART', 'CHILD', 'SIB', 'GRPRN', 'EXT', 'FRND', 'NBOR', 'GUARD', 'POWATT', 'HPOWATT',
] as const; // prettier-ignore
export type Relationship = (typeof relationships)[number];

/** Either a name, or somebody who is a patient here as well. */
export interface NewContact {
  relationship: Relationship;
  relatedId: string | null;
  familyName: string | null;
  givenName: string | null;
  phone: string | null;
  email: string | null;
  isEmergency: boolean;
  /** Guardian or proxy: decides for the patient. */
  mayAct: boolean;
  startsOn: string | null;
  /** The last day. */
  endsOn: string | null;
}
export const NewContact = Joi.object<NewContact, true>({
  relationship: Joi.string()
    .valid(...relationships)
    .required(),
  relatedId: uuid().allow(null).default(null),
  familyName: text(120)
    .allow(null)
    .when('relatedId', { is: uuid().required(), then: Joi.optional().default(null), otherwise: text(120).required() }),
  givenName: text(120).allow(null).default(null),
  phone: Joi.string()
    .trim()
    .pattern(/^[+(\d][\d\s()/.-]{4,29}$/, 'phone number')
    .allow(null)
    .default(null),
  email: Joi.string().trim().email({ tlds: false }).max(200).allow(null).default(null),
  isEmergency: Joi.boolean().default(false),
  mayAct: Joi.boolean().default(false),
  startsOn: day().allow(null).default(null),
  endsOn: day().allow(null).default(null),
});

export const Contact = z
  .strictObject({
    id: z.uuid(),
    patientId: z.uuid(),
    relationship: z.string(),
    /** A patient here as well, whose name it is; null for a reader who may not see them. */
    relatedId: z.uuid().nullable(),
    familyName: z.string().nullable(),
    givenName: z.string().nullable(),
    phone: z.string().nullable(),
    email: z.string().nullable(),
    isEmergency: z.boolean(),
    mayAct: z.boolean(),
    startsOn: DateText.nullable(),
    endsOn: DateText.nullable(),
    /** Today lies within its days. */
    isCurrent: z.boolean(),
    version: z.int(),
  })
  .meta({ id: 'Contact' });
export type Contact = z.infer<typeof Contact>;

/** As it is kept, whichever door it came through. */
export type ContactColumns = Omit<NewContact, 'relationship'> & { relationship: string; active?: boolean };
