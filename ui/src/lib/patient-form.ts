import { today } from './format.ts';
import type { Errors } from './form.svelte.ts';
import * as m from './messages.js';
import type { Gender, Patient, PatientFields } from './types.ts';

/** What the two forms of a patient hold while it is typed: empty text is nothing, an undefined date is none. */
export interface PatientValues extends Record<string, unknown> {
  familyName: string;
  givenName: string;
  birthDate: string | null | undefined;
  gender: Gender | '';
  phone: string;
  city: string;
  prefix: string;
  preferredName: string;
  email: string;
  addressLine: string;
  postalCode: string;
  country: string;
  language: string;
  /** Tags besides the preferred one. */
  otherLanguages: string[];
  interpreterNeeded: boolean;
  /** Why it is somebody else than whom they seem to be; only at the registration. */
  notSameReason: string;
}

export const optionalFields = [
  'prefix',
  'preferredName',
  'email',
  'addressLine',
  'postalCode',
  'country',
  'language',
] as const;

export const valuesOf = (patient?: Patient): PatientValues => ({
  familyName: patient?.familyName ?? '',
  givenName: patient?.givenName ?? '',
  birthDate: patient?.birthDate ?? null,
  gender: patient?.gender ?? '',
  phone: patient?.phone ?? '',
  city: patient?.city ?? '',
  prefix: patient?.prefix ?? '',
  preferredName: patient?.preferredName ?? '',
  email: patient?.email ?? '',
  addressLine: patient?.addressLine ?? '',
  postalCode: patient?.postalCode ?? '',
  country: patient?.country ?? '',
  language: patient?.language ?? '',
  otherLanguages: [...(patient?.otherLanguages ?? [])],
  interpreterNeeded: patient?.interpreterNeeded ?? false,
  notSameReason: '',
});

const orNull = (text: string) => text.trim() || null;

/** As the server takes it. Only after `check` found nothing. */
export const fieldsOf = (values: PatientValues): PatientFields => ({
  familyName: values.familyName.trim(),
  givenName: values.givenName.trim(),
  birthDate: values.birthDate ?? null,
  gender: values.gender as Gender,
  phone: orNull(values.phone),
  city: orNull(values.city),
  ...Object.fromEntries(optionalFields.map((field) => [field, orNull(values[field])])),
  otherLanguages: values.otherLanguages.filter((tag) => tag !== values.language),
  interpreterNeeded: values.interpreterNeeded,
});

/** `all`: a new patient needs the six; an old one keeps what other doors left empty. */
export function check(values: PatientValues, all: boolean): Errors<PatientValues> {
  const errors: Errors<PatientValues> = {};
  if (!values.familyName.trim()) errors.familyName = m.register_family_missing();
  if (!values.givenName.trim()) errors.givenName = m.register_given_missing();
  if (values.birthDate === undefined) errors.birthDate = m.field_date_unreadable();
  else if (values.birthDate === null) errors.birthDate = all ? m.register_birth_missing() : undefined;
  else if (values.birthDate > today().toString()) errors.birthDate = m.register_birth_future();
  if (!values.gender) errors.gender = m.register_sex_missing();
  if (!values.phone.trim()) errors.phone = all ? m.register_phone_missing() : undefined;
  else if (!/^[+(\d][\d\s()/.-]{4,29}$/.test(values.phone.trim())) errors.phone = m.register_phone_wrong();
  if (all && !values.city.trim()) errors.city = m.register_city_missing();
  if (values.email.trim() && !/^\S+@\S+\.\S+$/.test(values.email.trim())) errors.email = m.register_email_wrong();
  return errors;
}

const spoken =
  'ar bn cs da de el en es fa fi fr he hi hr hu id it ja ko ku ms nl no pl ps pt ro ru so sq sr sv sw ta th ti tr uk ur vi zh'.split(
    ' ',
  );

/** Languages in words of the chosen one, in its alphabet's order; one that a record has already is always among them. */
export function languageOptions(locale: string, also?: string | null): { value: string; label: string }[] {
  const names = new Intl.DisplayNames(locale, { type: 'language' });
  const tags = also && !spoken.includes(also) ? [...spoken, also] : spoken;
  return tags
    .map((value) => ({ value, label: names.of(value) ?? value }))
    .sort((a, b) => a.label.localeCompare(b.label, locale));
}
