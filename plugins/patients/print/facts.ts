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

/** `now` as ISO text in UTC; the age is that of the hospital's day. */
export const factsOf = (
  patient: Patient,
  { locale, now, zone, hospital }: { locale: Locale; now: string; zone: string; hospital: string },
): Facts => {
  const today = Temporal.Instant.from(now).toZonedDateTimeISO(zone).toPlainDate();
  const born = patient.birthDate === null ? undefined : Temporal.PlainDate.from(patient.birthDate);
  return {
    family: patient.familyName.toLocaleUpperCase(),
    given: patient.givenName,
    born: born ? `${dayOf(born, locale)} · ${ageOf(born, today, locale)}` : say('patient_birth_date_unknown', locale),
    sex: say(`gender_${patient.gender}`, locale),
    recordNumber: patient.recordNumber,
    hospital,
    isRightToLeft: locale === 'ar',
  };
};
