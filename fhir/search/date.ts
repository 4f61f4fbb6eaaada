import { sql, type Fragment } from '../../core/database.ts';
import { at, unusable, type Asked, type Column, type SearchParameter } from './parameter.ts';
import { prefixOf } from './prefix.ts';

/** A written date is a period: `2026-03` begins with the first of March and ends before the first of April. UTC where no offset says otherwise. */
const periodOf = (asked: Asked, text: string): [from: string, until: string] => {
  const [, year, month, day, time, minutes, seconds, fraction, zone] =
    /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d:(\d\d)(?::(\d\d)(\.\d{1,9})?)?)(Z|[+-]\d\d:\d\d)?)?)?)?$/.exec(
      text.replace(/ (?=\d\d:\d\d$)/, '+'),
    ) ?? [];
  try {
    if (year === undefined) throw new RangeError();
    const date = Temporal.PlainDate.from(`${year}-${month ?? '01'}-${day ?? '01'}`, { overflow: 'reject' });
    if (time === undefined) {
      const end = date.add(day ? { days: 1 } : month ? { months: 1 } : { years: 1 });
      return [`${date.toString()}T00:00:00Z`, `${end.toString()}T00:00:00Z`];
    }
    const from = Temporal.Instant.from(`${date.toString()}T${time}${zone ?? 'Z'}`);
    const width = fraction
      ? { nanoseconds: 10 ** (10 - fraction.length) }
      : seconds
        ? { seconds: 1 }
        : { minutes: minutes ? 1 : 60 };
    return [from.toString(), from.add(width).toString()];
  } catch {
    throw unusable(asked, 'a date such as ge2026-03-01');
  }
};

/** What R4 recommends for "approximately": a tenth of the time between then and now. */
const tenth = (moment: Fragment): Fragment =>
  sql.fragment`make_interval(secs => abs(extract(epoch from core.now() - ${moment})) / 10)`;

const compare = (from: Fragment, until: Fragment, asked: Asked): Fragment => {
  const [prefix, text] = prefixOf(asked.value);
  const [begins, ends] = periodOf(asked, text);
  const low = sql.fragment`${begins}::timestamptz`;
  const high = sql.fragment`${ends}::timestamptz`;
  // `from` and `until` are [from, until) of the row; R4 3.1.1.4.5 with half-open periods on both sides.
  switch (prefix) {
    case 'eq':
      return sql.fragment`(${from} >= ${low} and ${until} <= ${high})`;
    case 'ne':
      return sql.fragment`(${from} < ${low} or ${until} > ${high})`;
    case 'lt':
      return sql.fragment`${from} < ${low}`;
    case 'gt':
      return sql.fragment`${until} > ${high}`;
    case 'le':
      return sql.fragment`(${from} < ${low} or (${from} >= ${low} and ${until} <= ${high}))`;
    case 'ge':
      return sql.fragment`(${until} > ${high} or (${from} >= ${low} and ${until} <= ${high}))`;
    case 'sa':
      return sql.fragment`${from} >= ${high}`;
    case 'eb':
      return sql.fragment`${until} <= ${low}`;
    case 'ap':
      return sql.fragment`(${from} < ${high} + ${tenth(low)} and ${until} > ${low} - ${tenth(low)})`;
  }
};

const forever = { begin: sql.fragment`'-infinity'::timestamptz`, end: sql.fragment`'infinity'::timestamptz` };

/**
 * One column: a moment (timestamptz) or a day (date). Two: a period, open at an end that is null; the row is missing when
 * both are. Prefixes eq ne lt gt le ge sa eb ap.
 */
export const date = (start: Column, end?: Column): SearchParameter => ({
  kind: 'date',
  modifiers: ['missing'],
  matches(alias, asked) {
    const from = at(alias, start);
    if (end === undefined) return compare(sql.fragment`${from}::timestamptz`, endOf(from), asked);
    const until = at(alias, end);
    const periodFrom = sql.fragment`coalesce(${from}::timestamptz, ${forever.begin})`;
    const periodUntil = sql.fragment`coalesce(${endOf(until)}, ${forever.end})`;
    return sql.fragment`(coalesce(${from}, ${until}) is not null and ${compare(periodFrom, periodUntil, asked)})`;
  },
  missing: (alias) =>
    end === undefined
      ? sql.fragment`${at(alias, start)} is null`
      : sql.fragment`coalesce(${at(alias, start)}, ${at(alias, end)}) is null`,
  order: (alias) =>
    end === undefined ? at(alias, start) : sql.fragment`coalesce(${at(alias, start)}, ${at(alias, end)})`,
});

/** A day lasts a day; a moment lasts a microsecond, PostgreSQL's smallest. */
const endOf = (column: Fragment): Fragment =>
  sql.fragment`(${column}::timestamptz + case when pg_typeof(${column}) = 'date'::regtype then interval '1 day' else interval '1 microsecond' end)`;
