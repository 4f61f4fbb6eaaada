import { say, type Locale } from '../../../core/messages.ts';
import type { Patient } from '../model.ts';

/** What stands on paper about a patient, in the language of whoever prints. */
export interface Facts {
  family: string;
  given: string;
  /** Birth date, age and sex. */
  born: string;
  sex: string;
  recordNumber: string;
  hospital: string;
  isRightToLeft: boolean;
}

/** As on the screens: `14-Jul-1945` cannot be read as another day. */
const dayOf = (day: Temporal.PlainDate, locale: Locale): string => {
  const tag = `${locale === 'en' ? 'en-GB' : locale}-u-nu-latn-ca-gregory`;
  const month = day.toLocaleString(tag, { month: 'short' }).replace('.', '').replace('Sept', 'Sep');
  const parts = [String(day.day).padStart(2, '0'), month, String(day.year).padStart(4, '0')];
  return parts.join(locale === 'ar' ? ' ' : '-');
};

/** As on the screens: days under 4 weeks, weeks under 3 months, months under 2 years, then years. */
const ageOf = (born: Temporal.PlainDate, today: Temporal.PlainDate, locale: Locale): string => {
  const { days } = born.until(today, { largestUnit: 'day' });
  const { years, months } = born.until(today, { largestUnit: 'year' });
  const all = years * 12 + months;
  const [value, unit] =
    days < 28 ? [days, 'day'] : all < 3 ? [Math.floor(days / 7), 'week'] : all < 24 ? [all, 'month'] : [years, 'year'];
  return Math.max(0, value as number).toLocaleString(`${locale}-u-nu-latn`, {
    style: 'unit',
    unit: unit as string,
    unitDisplay: 'long',
  });
};

/** Of an estimate only what is known, as on the screens: nobody takes `about 1986` for a birthday when they ask for it. */
const bornOf = ({ birthDate, birthPrecision }: Patient, today: Temporal.PlainDate, locale: Locale): string => {
  if (birthDate === null) return say('patient_birth_date_unknown', locale);
  const born = Temporal.PlainDate.from(birthDate);
  const age = ageOf(born, today, locale);
  if (birthPrecision === 'day') return `${dayOf(born, locale)} · ${age}`;
  return say('person_born_about', locale, { date: birthDate.slice(0, birthPrecision === 'year' ? 4 : 7), age });
};

/** `now` as ISO text in UTC; the age is that of the hospital's day. */
export const factsOf = (
  patient: Patient,
  { locale, now, zone, hospital }: { locale: Locale; now: string; zone: string; hospital: string },
): Facts => {
  const today = Temporal.Instant.from(now).toZonedDateTimeISO(zone).toPlainDate();
  return {
    family: patient.familyName.toLocaleUpperCase(),
    given: patient.givenName,
    born: bornOf(patient, today, locale),
    sex: say(`gender_${patient.gender}`, locale),
    recordNumber: patient.recordNumber,
    hospital,
    isRightToLeft: locale === 'ar',
  };
};
