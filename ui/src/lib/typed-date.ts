import { westernDigits } from './format.ts';

/** Short and long month names of the three languages, as Intl writes them, without accents and dots. */
const months = new Map<string, number>();
for (const locale of ['en', 'es', 'ar']) {
  for (const style of ['short', 'long'] as const) {
    const format = new Intl.DateTimeFormat(locale, { month: style, timeZone: 'UTC' });
    for (let month = 1; month <= 12; month++) months.set(plain(format.format(Date.UTC(2000, month - 1, 1))), month);
  }
}
// The Levant's names of the months, which Intl gives for some regions only.
for (const [
  index,
  name,
] of 'كانون الثاني,شباط,آذار,نيسان,أيار,حزيران,تموز,آب,أيلول,تشرين الأول,تشرين الثاني,كانون الأول'
  .split(',')
  .entries()) {
  months.set(plain(name), index + 1);
}

function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('.', '').toLowerCase().trim();
}

/** Any unambiguous beginning of three letters or more: `jul`, `sept`, `julio`. */
function monthOf(word: string): number | undefined {
  const wanted = plain(word);
  const exact = months.get(wanted);
  if (exact || wanted.length < 3) return exact;
  const found = new Set([...months].filter(([name]) => name.startsWith(wanted)).map(([, month]) => month));
  return found.size === 1 ? [...found][0] : undefined;
}

/**
 * A date as people type it: `14.7.1945`, `14/7/45`, `14 jul 1945`, `1945-07-14`, `14071945`, and from today `t`, `t+7`,
 * `w+2` (weeks), `m-1` (months), `y-1`. The day comes first, unless only the other reading is a date (`7/14/1945`).
 * Two digits of a year mean the last hundred years until today. Null when it is no date.
 */
export function typedDate(text: string, today: Temporal.PlainDate): string | null {
  const typed = westernDigits(text).trim();
  return relative(typed, today) ?? absolute(typed, today);
}

function relative(typed: string, today: Temporal.PlainDate): string | null {
  const found = /^([twmy])\s*(?:([+-])\s*(\d{1,4}))?$/i.exec(typed);
  if (!found) return null;
  const amount = Number(`${found[2] ?? '+'}${found[3] ?? 0}`);
  const unit = { t: 'days', w: 'weeks', m: 'months', y: 'years' }[found[1]!.toLowerCase()]!;
  return today.add({ [unit]: amount }).toString();
}

function absolute(typed: string, today: Temporal.PlainDate): string | null {
  const iso = /^(\d{4})[-./ ](\d{1,2})[-./ ](\d{1,2})$/.exec(typed);
  if (iso) return real(iso[1]!, iso[2]!, iso[3]!, today);
  const digits =
    /^(\d{2})(\d{2})(\d{4}|\d{2})$/.exec(typed) ?? /^(\d{1,2})[-./ ]+(\d{1,2})[-./ ]+(\d{4}|\d{2})$/.exec(typed);
  if (digits) {
    const [, first, second, year] = digits as unknown as [string, string, string, string];
    return real(year, second, first, today) ?? real(year, first, second, today);
  }
  const named = /^(\d{1,2})[-./, ]*(?:de )?([\p{L}\p{M} ]+?)\.?[-./, ]*(?:de )?(\d{4}|\d{2})$/u.exec(typed);
  if (named) return fromName(named[3]!, named[2]!, named[1]!, today);
  const monthFirst = /^([\p{L}\p{M}]+)\.?[-./ ]*(\d{1,2})[-./, ]+(\d{4}|\d{2})$/u.exec(typed);
  return monthFirst ? fromName(monthFirst[3]!, monthFirst[1]!, monthFirst[2]!, today) : null;
}

function fromName(year: string, month: string, day: string, today: Temporal.PlainDate): string | null {
  const number = monthOf(month);
  return number ? real(year, String(number), day, today) : null;
}

function real(yearText: string, month: string, day: string, today: Temporal.PlainDate): string | null {
  let year = Number(yearText);
  if (yearText.length === 2) {
    year += Math.floor(today.year / 100) * 100;
    if (year > today.year) year -= 100;
  }
  try {
    return Temporal.PlainDate.from({ year, month: Number(month), day: Number(day) }, { overflow: 'reject' }).toString();
  } catch {
    return null;
  }
}
