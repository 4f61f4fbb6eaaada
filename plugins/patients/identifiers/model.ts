import Joi from 'joi';
import { z } from 'zod';
import { day, text, uuid } from '../../../core/routes.ts';
import { DateText } from '../../../core/shapes.ts';
import { checks, type Check } from './check-digits.ts';

/** https://hl7.org/fhir/R4/valueset-identifier-use.html */
export const uses = ['usual', 'official', 'temp', 'secondary', 'old'] as const;
export type Use = (typeof uses)[number];

/** `null` as the name: what the code is called. */
export interface NewIdentifierType {
  code: string;
  name: string | null;
  system: string;
  pattern: string | null;
  checkDigit: Check;
  active: boolean;
}
/** Read as PostgreSQL and JavaScript both read it, and bound to the whole number. */
const pattern = () =>
  text(200).custom((written: string, helpers) => {
    try {
      new RegExp(`^(?:${written})$`, 'u');
      return written;
    } catch {
      return helpers.error('pattern.unreadable');
    }
  });
export const NewIdentifierType = Joi.object<NewIdentifierType, true>({
  code: Joi.string()
    .pattern(/^[A-Z]{1,6}$/, 'code')
    .required(),
  name: text(80).allow(null).required(),
  system: text(200)
    .pattern(/^[a-z][a-z0-9+.-]*:\S+$/, 'URI')
    .required(),
  pattern: pattern()
    .messages({ 'pattern.unreadable': '{{#label}} must be a regular expression' })
    .allow(null)
    .default(null),
  checkDigit: Joi.string()
    .valid(...checks)
    .default('none'),
  active: Joi.boolean().default(true),
});

export const IdentifierType = z
  .strictObject({
    id: z.uuid(),
    code: z.string(),
    name: z.string().nullable(),
    system: z.string(),
    pattern: z.string().nullable(),
    checkDigit: z.enum(checks),
    active: z.boolean(),
    version: z.int(),
  })
  .meta({ id: 'IdentifierType' });
export type IdentifierType = z.infer<typeof IdentifierType>;

export interface NewIdentifier {
  typeId: string;
  value: string;
  use: Use;
  startsOn: string | null;
  /** The last day. */
  endsOn: string | null;
}
export const NewIdentifier = Joi.object<NewIdentifier, true>({
  typeId: uuid().required(),
  value: text(100).required(),
  use: Joi.string()
    .valid(...uses)
    .default('official'),
  startsOn: day().allow(null).default(null),
  endsOn: day().allow(null).default(null),
});

/** A number that somebody is looked for by: of a type that is set up here, or under whatever system. */
export interface LikeIdentifier {
  typeId?: string;
  system?: string;
  value: string;
  use?: Use;
  endsOn?: string | null;
  /** False: it was taken off them. */
  active?: boolean;
}
export const LikeIdentifier = Joi.object<LikeIdentifier>({
  typeId: uuid(),
  system: text(200),
  value: text(100).required(),
  use: Joi.string().valid(...uses),
  endsOn: day().allow(null),
}).xor('typeId', 'system');

export const Identifier = z
  .strictObject({
    id: z.uuid(),
    patientId: z.uuid(),
    /** None: it came in by FHIR under a system that is not set up here. */
    typeId: z.uuid().nullable(),
    typeName: z.string().nullable(),
    code: z.string().nullable(),
    system: z.string(),
    value: z.string(),
    use: z.enum(uses),
    startsOn: DateText.nullable(),
    endsOn: DateText.nullable(),
    version: z.int(),
  })
  .meta({ id: 'Identifier' });
export type Identifier = z.infer<typeof Identifier>;

/** As it is kept, whichever door it came through. */
export interface IdentifierColumns {
  code: string | null;
  system: string;
  value: string;
  use: Use;
  startsOn: string | null;
  endsOn: string | null;
}
