import Joi from 'joi';
import { z } from 'zod';
import { day, instant, text } from '../../core/routes.ts';
import { DateText, Instant } from '../../core/shapes.ts';
import { NewConsent } from './consents/model.ts';
import { NewContact } from './contacts/model.ts';
import { LikeIdentifier, NewIdentifier } from './identifiers/model.ts';

export const genders = ['male', 'female', 'other', 'unknown'] as const;
export type Gender = (typeof genders)[number];
export const Gender = z.enum(genders).meta({ id: 'Gender' });

/** Whose the name is: their own, that of somebody nobody knows, or that of a newborn who has none yet. */
export const nameKinds = ['own', 'unknown', 'newborn'] as const;
export type NameKind = (typeof nameKinds)[number];
/** How exactly a birth date is known; what is not known of it is 01. */
export const birthPrecisions = ['day', 'month', 'year'] as const;
export type BirthPrecision = (typeof birthPrecisions)[number];
/** How exactly a time of death is known. `unknown`: only that. */
export const deathPrecisions = ['time', 'day', 'month', 'year', 'unknown'] as const;
export type DeathPrecision = (typeof deathPrecisions)[number];

/** What a person may write. The six that reception must fill are required; `null` clears. */
export interface PatientInput {
  familyName: string;
  givenName: string;
  birthDate: string | null;
  gender: Gender;
  phone: string | null;
  city: string | null;
  prefix?: string | null;
  preferredName?: string | null;
  deceasedAt?: string | null;
  email?: string | null;
  addressLine?: string | null;
  postalCode?: string | null;
  country?: string | null;
  /** The preferred one. */
  language?: string | null;
  otherLanguages?: string[];
  interpreterNeeded?: boolean;
  birthPrecision?: BirthPrecision;
  active?: boolean;
}

/** What only some doors can say. */
export interface PatientFacts extends PatientInput {
  nameKind?: NameKind;
  multipleBirth?: number | null;
  deceasedPrecision?: DeathPrecision;
}

export const languageTag = () => Joi.string().pattern(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'language tag');
const optional = {
  prefix: text(40).allow(null),
  preferredName: text(120).allow(null),
  deceasedAt: instant().allow(null),
  email: Joi.string().trim().email({ tlds: false }).max(200).allow(null),
  addressLine: text(200).allow(null),
  postalCode: text(20).allow(null),
  country: text(60).allow(null),
  language: languageTag().allow(null),
  otherLanguages: Joi.array().items(languageTag()).unique().max(9),
  interpreterNeeded: Joi.boolean(),
  birthPrecision: Joi.string().valid(...birthPrecisions),
  active: Joi.boolean(),
};
/** A record may be sent back as it was read; these change by doors of their own. */
const readOnly = {
  nameKind: Joi.string().strip(),
  multipleBirth: Joi.number().allow(null).strip(),
  deceasedPrecision: Joi.string().strip(),
};
export const phone = () =>
  Joi.string()
    .trim()
    .pattern(/^[+(\d][\d\s()/.-]{4,29}$/, 'phone number');

/** What somebody is compared by with those who are here. */
export interface Likeness {
  /** Of the hospital, when they say it. */
  recordNumber?: string | null;
  familyName: string;
  givenName: string;
  birthDate?: string | null;
  phone?: string | null;
  addressLine?: string | null;
  postalCode?: string | null;
  /** What others call them: passport, national number. */
  identifiers?: readonly LikeIdentifier[];
}
export const Likeness = Joi.object<Likeness>({
  familyName: text(120).required(),
  givenName: text(120).required(),
  birthDate: day(),
  phone: text(40).allow(''),
  addressLine: text(200),
  postalCode: text(20),
  identifiers: Joi.array().items(LikeIdentifier).max(20),
});

export interface NewPatient extends PatientInput {
  identifiers?: NewIdentifier[];
  contacts?: NewContact[];
  consents?: NewConsent[];
  /** Why it is somebody else than whom they certainly seem to be. */
  notSameReason?: string;
}
export const NewPatient = Joi.object<NewPatient>({
  familyName: text(120).required(),
  givenName: text(120).required(),
  birthDate: day().required(),
  gender: Joi.string()
    .valid(...genders)
    .required(),
  phone: phone().required(),
  city: text(120).required(),
  ...optional,
  identifiers: Joi.array().items(NewIdentifier).max(20),
  contacts: Joi.array().items(NewContact).max(20),
  consents: Joi.array().items(NewConsent).unique('kind').max(10),
  notSameReason: text(500).min(3),
});

/** Amending keeps what other doors left empty. */
export const AmendedPatient = Joi.object<PatientInput>({
  familyName: text(120).required(),
  givenName: text(120).required(),
  birthDate: day().allow(null).required(),
  gender: Joi.string()
    .valid(...genders)
    .required(),
  phone: phone().allow(null).required(),
  city: text(120).allow(null).required(),
  ...optional,
  ...readOnly,
});

export const Patient = z
  .strictObject({
    id: z.uuid(),
    recordNumber: z.string(),
    active: z.boolean(),
    familyName: z.string(),
    givenName: z.string(),
    nameKind: z.enum(nameKinds),
    prefix: z.string().nullable(),
    preferredName: z.string().nullable(),
    gender: Gender,
    birthDate: DateText.nullable(),
    birthPrecision: z.enum(birthPrecisions),
    /** The how many-th of several children of one birth. */
    multipleBirth: z.int().nullable(),
    deceasedAt: Instant.nullable(),
    deceasedPrecision: z.enum(deathPrecisions),
    phone: z.string().nullable(),
    email: z.string().nullable(),
    addressLine: z.string().nullable(),
    postalCode: z.string().nullable(),
    city: z.string().nullable(),
    country: z.string().nullable(),
    language: z.string().nullable(),
    otherLanguages: z.array(z.string()),
    interpreterNeeded: z.boolean(),
    version: z.int(),
    updatedAt: Instant,
  })
  .meta({ id: 'Patient' });
export type Patient = z.infer<typeof Patient>;

/** What lists, banners and other plugins show of a patient. */
export const PatientSummary = z
  .strictObject({
    id: z.uuid(),
    recordNumber: z.string(),
    familyName: z.string(),
    givenName: z.string(),
    nameKind: z.enum(nameKinds),
    prefix: z.string().nullable(),
    gender: Gender,
    birthDate: DateText.nullable(),
    birthPrecision: z.enum(birthPrecisions),
    deceasedAt: Instant.nullable(),
    deceasedPrecision: z.enum(deathPrecisions),
    phone: z.string().nullable(),
    city: z.string().nullable(),
  })
  .meta({ id: 'PatientSummary' });
export type PatientSummary = z.infer<typeof PatientSummary>;

/** What two records have in common. */
export const likenesses = ['name', 'sound', 'birth-date', 'birth-date-near', 'phone', 'address', 'identifier'] as const;

export const Candidate = PatientSummary.extend({
  score: z.number(),
  because: z.array(z.enum(likenesses)),
  grade: z.enum(['certain', 'probable', 'possible']),
}).meta({ id: 'Duplicate' });
export type Candidate = z.infer<typeof Candidate>;
