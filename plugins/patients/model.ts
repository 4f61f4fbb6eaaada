import Joi from 'joi';
import { z } from 'zod';
import { day, instant, text } from '../../core/routes.ts';
import { DateText, Instant } from '../../core/shapes.ts';

export const genders = ['male', 'female', 'other', 'unknown'] as const;
export type Gender = (typeof genders)[number];
export const Gender = z.enum(genders).meta({ id: 'Gender' });

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
  language?: string | null;
  active?: boolean;
}

const optional = {
  prefix: text(40).allow(null),
  preferredName: text(120).allow(null),
  deceasedAt: instant().allow(null),
  email: Joi.string().trim().email({ tlds: false }).max(200).allow(null),
  addressLine: text(200).allow(null),
  postalCode: text(20).allow(null),
  country: text(60).allow(null),
  language: Joi.string()
    .pattern(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'language tag')
    .allow(null),
  active: Joi.boolean(),
};
const phone = () =>
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
}
export const Likeness = Joi.object<Likeness>({
  familyName: text(120).required(),
  givenName: text(120).required(),
  birthDate: day(),
  phone: text(40).allow(''),
  addressLine: text(200),
  postalCode: text(20),
});

export interface NewPatient extends PatientInput {
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
});

export const Patient = z
  .strictObject({
    id: z.uuid(),
    recordNumber: z.string(),
    active: z.boolean(),
    familyName: z.string(),
    givenName: z.string(),
    prefix: z.string().nullable(),
    preferredName: z.string().nullable(),
    gender: Gender,
    birthDate: DateText.nullable(),
    deceasedAt: Instant.nullable(),
    phone: z.string().nullable(),
    email: z.string().nullable(),
    addressLine: z.string().nullable(),
    postalCode: z.string().nullable(),
    city: z.string().nullable(),
    country: z.string().nullable(),
    language: z.string().nullable(),
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
    prefix: z.string().nullable(),
    gender: Gender,
    birthDate: DateText.nullable(),
    deceasedAt: Instant.nullable(),
    phone: z.string().nullable(),
    city: z.string().nullable(),
  })
  .meta({ id: 'PatientSummary' });
export type PatientSummary = z.infer<typeof PatientSummary>;

/** What two records have in common. */
export const likenesses = ['name', 'sound', 'birth-date', 'birth-date-near', 'phone', 'address'] as const;

export const Candidate = PatientSummary.extend({
  score: z.number(),
  because: z.array(z.enum(likenesses)),
  grade: z.enum(['certain', 'probable', 'possible']),
}).meta({ id: 'Duplicate' });
export type Candidate = z.infer<typeof Candidate>;
