import { age, date, today } from '../format.ts';
import * as m from '../messages.js';
import type { Consent, IdentifierType, NewContact, PatientSummary } from '../types.ts';

/** What kinds of numbers are called, by their code of v2-0203. */
const codes: Record<string, () => string> = {
  NI: m.identifier_code_ni,
  PPN: m.identifier_code_ppn,
  DL: m.identifier_code_dl,
  SS: m.identifier_code_ss,
  SB: m.identifier_code_sb,
  MR: m.identifier_code_mr,
};
/** By the name that the hospital gave the kind, else by its code; of a number from elsewhere, by its system. */
export const identifierWord = (it: { name: string | null; code: string | null; system: string }): string =>
  it.name ?? codes[it.code ?? '']?.() ?? it.code ?? it.system;
export const knownCodes = Object.keys(codes);

export const typeOptions = (types: readonly IdentifierType[], also?: string | null) =>
  types.filter(({ id, active }) => active || id === also).map((it) => ({ value: it.id, label: identifierWord(it) }));

const relationships: Record<NewContact['relationship'], () => string> = {
  MTH: m.contact_mth,
  FTH: m.contact_fth,
  PRN: m.contact_prn,
  SPS: m.contact_sps,
  DOMPART: m.contact_dompart,
  CHILD: m.contact_child,
  SIB: m.contact_sib,
  GRPRN: m.contact_grprn,
  EXT: m.contact_ext,
  FRND: m.contact_frnd,
  NBOR: m.contact_nbor,
  GUARD: m.contact_guard,
  POWATT: m.contact_powatt,
  HPOWATT: m.contact_hpowatt,
};
export const relationshipWord = (code: string): string => relationships[code as NewContact['relationship']]?.() ?? code;
export const relationshipOptions = () =>
  (Object.keys(relationships) as NewContact['relationship'][]).map((value) => ({
    value,
    label: relationships[value](),
  }));

export const consentKinds: Record<Consent['kind'], () => string> = {
  treatment: m.consent_treatment,
  'data-sharing': m.consent_data_sharing,
  'reminders-sms': m.consent_reminders_sms,
  'reminders-email': m.consent_reminders_email,
  research: m.consent_research,
};
export const decisions: Record<Consent['decision'], () => string> = {
  given: m.consent_given,
  refused: m.consent_refused,
  withdrawn: m.consent_withdrawn,
};

type Born = Pick<PatientSummary, 'birthDate' | 'birthPrecision' | 'deceasedAt'>;
/** `14-Jul-1945 (81y)`; of an estimate only what is known: `about 1986 (40y)`. */
export const bornWord = (it: Born): string => {
  if (!it.birthDate) return m.patient_birth_date_unknown();
  const years = age(it.birthDate, it.deceasedAt);
  return it.birthPrecision === 'day'
    ? `${date(it.birthDate)} (${years})`
    : m.person_born_about({ date: partOf(it.birthDate, it.birthPrecision), age: years });
};
const partOf = (day: string, precision: 'year' | 'month'): string => day.slice(0, precision === 'year' ? 4 : 7);

/** As exactly as the death is known; null when nothing more is known. */
export const diedWord = (it: Pick<PatientSummary, 'deceasedAt' | 'deceasedPrecision'>): string | null => {
  if (!it.deceasedAt || it.deceasedPrecision === 'unknown') return null;
  if (it.deceasedPrecision === 'time') return date(it.deceasedAt);
  const day = it.deceasedAt.slice(0, 10);
  return it.deceasedPrecision === 'day' ? date(day) : partOf(day, it.deceasedPrecision);
};

/** Under eighteen: somebody else decides. */
export const isMinor = ({ birthDate, deceasedAt }: Born): boolean =>
  !deceasedAt && !!birthDate && birthDate > today().subtract({ years: 18 }).toString();
