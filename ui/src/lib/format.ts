/**
 * Dates, numbers and money as people read them: through Intl, in the chosen language, the clinic's zone and currency.
 * Digits are Western in every language, so that a dose or a record number looks the same on every screen.
 */
import type { DateText, Instant } from './types.ts';

interface Clinic {
  locale: () => string;
  zone: string;
  currency: string;
}
const clinic: Clinic = { locale: () => 'en', zone: 'UTC', currency: 'EUR' };
/** What the hospital's clock showed when the server said so, and how fast it runs; in milliseconds. */
let clock = { showed: 0, at: 0, speed: 1 };

/** The frame says it once; `now` is the server's time, `speed` that of its clock. */
export function configure(told: Partial<Clinic> & { now?: Instant; speed?: number }) {
  const { now: shown, speed = 1, ...rest } = told;
  Object.assign(clinic, rest);
  if (shown) clock = { showed: Temporal.Instant.from(shown).epochMilliseconds, at: Date.now(), speed };
}

export const zone = () => clinic.zone;
/** What people call the clinic's zone at that instant: `CET`, `GMT+3`. */
export const zoneShort = (at: Instant): string =>
  dateFormat({ timeZone: clinic.zone, timeZoneName: 'short' })
    .formatToParts(Temporal.Instant.from(at).epochMilliseconds)
    .find(({ type }) => type === 'timeZoneName')?.value ?? clinic.zone;
/** The hospital's time: the server's clock, which a demonstration or a test may have set. */
export const now = () =>
  Temporal.Instant.fromEpochMilliseconds(Math.round(clock.showed + (Date.now() - clock.at) * clock.speed));
export const today = (): Temporal.PlainDate => now().toZonedDateTimeISO(clinic.zone).toPlainDate();
/** The clinic's date of an instant. */
export const dayOf = (at: Instant): DateText => zoned(at).toPlainDate().toString();

const zoned = (at: Instant) => Temporal.Instant.from(at).toZonedDateTimeISO(clinic.zone);
const isDate = (text: string) => /^\d{4}-\d{2}-\d{2}$/.test(text);
const plain = (text: DateText | Instant) => (isDate(text) ? Temporal.PlainDate.from(text) : zoned(text).toPlainDate());

/** British English for dates: the day comes first everywhere. */
const dateTag = () => (clinic.locale() === 'en' ? 'en-GB' : clinic.locale());
const cache = new Map<string, unknown>();
function once<T>(kind: 'date' | 'number' | 'relative', options: object, make: (locale: string) => T): T {
  const locale = `${kind === 'date' ? dateTag() : clinic.locale()}-u-nu-latn-ca-gregory`;
  const key = `${kind} ${locale} ${JSON.stringify(options)}`;
  if (!cache.has(key)) cache.set(key, make(locale));
  return cache.get(key) as T;
}
const dateFormat = (options: Intl.DateTimeFormatOptions) =>
  once('date', options, (locale) => new Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...options }));
const numberFormat = (options: Intl.NumberFormatOptions) =>
  once('number', options, (locale) => new Intl.NumberFormat(locale, options));
const utc = (day: Temporal.PlainDate) => Date.UTC(day.year, day.month - 1, day.day);

/** `14-Jul-1945`: cannot be read as another day in any country. Of an instant, the day in the clinic's zone. */
export function date(text: DateText | Instant): string {
  const day = plain(text);
  const month = dateFormat({ month: 'short' }).format(utc(day)).replace('.', '');
  const parts = [String(day.day).padStart(2, '0'), month === 'Sept' ? 'Sep' : month, String(day.year).padStart(4, '0')];
  return parts.join(clinic.locale() === 'ar' ? ' ' : '-');
}

/** `Monday 23 November`, with the year when it is another one. */
export function longDate(text: DateText | Instant): string {
  const day = plain(text);
  const year = day.year === today().year ? {} : { year: 'numeric' as const };
  return capital(
    dateFormat({ weekday: 'long', day: 'numeric', month: 'long', ...year })
      .format(utc(day))
      .replace(',', ''),
  );
}

/** `Mon 23 Nov`, for column heads and axes. */
export const shortDate = (text: DateText | Instant): string =>
  dateFormat({ weekday: 'short', day: 'numeric', month: 'short' })
    .format(utc(plain(text)))
    .replace(',', '');

/** Monday is 1. */
export const weekdayName = (n: number, width: 'long' | 'short' = 'short'): string =>
  dateFormat({ weekday: width }).format(Date.UTC(2024, 0, n));

/** `2–8 Mar`, `30 Mar – 5 Apr`; with the year when it is another one. */
export function dateRange(from: DateText, to: DateText): string {
  const year = plain(to).year === today().year ? {} : { year: 'numeric' as const };
  return dateFormat({ day: 'numeric', month: 'short', ...year }).formatRange(utc(plain(from)), utc(plain(to)));
}

/** `09:05`, in the clinic's zone. */
export const time = (at: Instant): string => zoned(at).toPlainTime().toString({ smallestUnit: 'minute' });
export const timeRange = (from: Instant, to: Instant): string => `${time(from)}–${time(to)}`;
export const dateTime = (at: Instant): string => `${date(at)} ${time(at)}`;

/** `today 10:05`, `yesterday 10:05`, else `14-Jul-2026 10:05`. */
export function when(at: Instant): string {
  const days = today().until(plain(at)).days;
  return Math.abs(days) > 1 ? dateTime(at) : `${dayName(days)} ${time(at)}`;
}
const dayName = (days: number) =>
  once('relative', {}, (locale) => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })).format(days, 'day');

/** `today`, `in 5 days`, `3 days ago`. */
export const inDays = (text: DateText | Instant): string =>
  dayName(today().until(plain(text), { largestUnit: 'day' }).days);

/** Whole minutes from then until now; negative when it is still to come. */
export const minutesSince = (at: Instant): number =>
  Math.floor((now().epochMilliseconds - Temporal.Instant.from(at).epochMilliseconds) / 60_000);

/** `31 min`, `2 h 05 min`. */
export function duration(minutes: number): string {
  const unit = (value: number, name: 'hour' | 'minute') =>
    numberFormat({ style: 'unit', unit: name, unitDisplay: 'short' }).format(value);
  const hours = Math.floor(minutes / 60);
  return hours === 0
    ? unit(minutes, 'minute')
    : [unit(hours, 'hour'), minutes % 60 && unit(minutes % 60, 'minute')].filter(Boolean).join(' ');
}

export const days = (count: number): string =>
  numberFormat({ style: 'unit', unit: 'day', unitDisplay: 'long' }).format(count);

/** Days under 4 weeks, weeks under 3 months, months under 2 years, then years; at death the age stands still. */
export function age(born: DateText, at?: DateText | Instant | null): string {
  const birth = Temporal.PlainDate.from(born);
  const end = at ? plain(at) : today();
  const days = birth.until(end, { largestUnit: 'day' }).days;
  const { years, months } = birth.until(end, { largestUnit: 'year' });
  const all = years * 12 + months;
  const [value, unit] =
    days < 28 ? [days, 'day'] : all < 3 ? [Math.floor(days / 7), 'week'] : all < 24 ? [all, 'month'] : [years, 'year'];
  return numberFormat({ style: 'unit', unit: unit as string, unitDisplay: 'narrow' }).format(
    Math.max(0, value as number),
  );
}

export const number = (value: number, decimals?: number): string =>
  numberFormat(
    decimals === undefined
      ? { maximumFractionDigits: 6 }
      : { minimumFractionDigits: decimals, maximumFractionDigits: decimals },
  ).format(value);

/** A rate between 0 and 1: `7.1 %`. */
export const percent = (rate: number, decimals = 1): string =>
  numberFormat({ style: 'percent', maximumFractionDigits: decimals }).format(rate);

/** How many digits the smallest unit of a currency has: 2 for EUR, 0 for JPY, 3 for KWD. */
export const currencyDigits = (currency = clinic.currency): number =>
  numberFormat({ style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;

/** An amount in minor units: `€12.50`. */
export const money = (minor: number, currency = clinic.currency): string =>
  numberFormat({ style: 'currency', currency }).format(minor / 10 ** currencyDigits(currency));

/** The clinic's. */
export const currency = () => clinic.currency;

/** `€96.4K` or `€918`, for tiles. */
export const moneyShort = (minor: number, currency = clinic.currency): string =>
  numberFormat({
    style: 'currency',
    currency,
    notation: 'compact',
    maximumFractionDigits: Math.abs(minor) < 1000 * 10 ** currencyDigits(currency) ? 0 : 1,
  }).format(minor / 10 ** currencyDigits(currency));

/** Typed money to minor units, `12,5` or `12.50`; null when it is no amount or finer than the currency. */
export function parseMoney(text: string, currency = clinic.currency): number | null {
  const value = parseNumber(text);
  const digits = currencyDigits(currency);
  if (value === null || value < 0) return null;
  const minor = Math.round(value * 10 ** digits);
  return Number.isSafeInteger(minor) && Math.abs(minor / 10 ** digits - value) < 1e-9 ? minor : null;
}

/** Accepts `37,2`, `37.2` and Arabic digits; null when it is no number. Groups of thousands are not accepted: they could be a comma. */
export function parseNumber(text: string): number | null {
  const plainText = westernDigits(text).trim().replace(/[,٫]/, '.').replace('−', '-');
  return /^[-+]?(\d+\.?\d*|\.\d+)$/.test(plainText) ? Number(plainText) : null;
}

export const westernDigits = (text: string): string =>
  text.replace(/[٠-٩۰-۹]/g, (digit) => String(digit.charCodeAt(0) & 0xf));

interface Named {
  familyName: string;
  givenName: string;
}
/** `MORALES, Ines`; a name in Arabic letters gets the Arabic comma. */
export const name = (who: Named): string =>
  `${who.familyName.toLocaleUpperCase()}${/\p{Script=Arabic}/u.test(who.familyName) ? '،' : ','} ${who.givenName}`;
export const initials = (who: Named): string =>
  [who.givenName, who.familyName]
    .map((part) => Array.from(part.trim())[0] ?? '')
    .join('')
    .toLocaleUpperCase();
/** Of a display name: `Dr Amara Okafor` → `AO`. */
export const initialsOf = (displayName: string): string => {
  const words = displayName.split(/\s+/).filter((word) => word && !/^(dr|prof|mr|mrs|ms|sr|sra)\.?$/i.test(word));
  return [words[0], words.length > 1 ? words.at(-1) : undefined]
    .map((word) => Array.from(word ?? '')[0] ?? '')
    .join('')
    .toLocaleUpperCase();
};

const capital = (text: string) => text.charAt(0).toLocaleUpperCase() + text.slice(1);
