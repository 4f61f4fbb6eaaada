import { z } from 'zod';
import { camelCase, sql, type Db, type Fragment, type Query } from '../../core/database.ts';
import { mayCount, maySee } from '../../core/access.ts';

export const groups = ['operations', 'money', 'stock', 'clinical'] as const;

/** What a cell is, so that screen and file show it alike. Money is minor units of the hospital's currency, a percent 0 to 1. */
export const columnTypes = {
  text: z.string(),
  /** The key of a message; the header's `words` are all that there can be. */
  word: z.string(),
  date: z.string(),
  month: z.string(),
  instant: z.string(),
  count: z.int(),
  number: z.number(),
  percent: z.number(),
  minutes: z.number(),
  money: z.int(),
  patient: z.strictObject({ id: z.uuid(), name: z.string(), recordNumber: z.string() }),
} as const;
export type ColumnType = keyof typeof columnTypes;

/** How a value of a parameter reaches the statement. A date's default counts in days from today, a count's is itself. */
const parameterCasts = { date: 'date', department: 'uuid', count: 'integer' } as const;
export type ParameterType = keyof typeof parameterCasts;
export const parameterTypes = Object.keys(parameterCasts) as [ParameterType];

/** What the runner gives every statement. `begins` and `ends` bound `from` and `to` as instants [begins, ends). */
const builtIn = {
  zone: 'text',
  currency: 'text',
  today: 'date',
  digits: 'integer',
  begins: 'timestamptz',
  ends: 'timestamptz',
} as const;

export interface Report {
  id: string;
  plugin: string;
  title: string;
  about: string;
  group: (typeof groups)[number];
  /** Beside `report:read`. */
  permission: string;
  /** Plugins without which it is not offered. */
  needs: readonly string[];
  /** Its rows are of patients. */
  ofPatients: boolean;
  order: number;
  parameters: readonly { name: string; type: ParameterType; default: number | null }[];
  columns: readonly { name: string; type: ColumnType; title: string }[];
  words: readonly string[];
  chart: { kind: 'line' | 'bar'; x: string; y: string; by: string | null } | null;
  /** The statement between its placeholders. */
  parts: readonly Part[];
}
type Part = { text: string } | { value: string; cast: string } | { maySee: string } | { mayCount: string };

export type Values = Record<string, string | number | null>;

/**
 * A report is one SELECT under a header of comments (docs/reports.md). Placeholders are `:name` of a parameter or of what is
 * built in, and `:may_see(alias.patient_id)`, which a report over patients' rows must have; `:may_count(…)` is for sums.
 * @throws Error with one sentence that names the file
 */
export const parseReport = (text: string, { id, plugin }: { id: string; plugin: string }): Report => {
  const wrong = (what: string): never => {
    throw new Error(`The report ${plugin}/reports/${id}.sql ${what}.`);
  };
  const lines = text.split('\n');
  const length = lines.findIndex((line) => !line.startsWith('-- '));
  const header = lines.slice(0, length).map((line) => {
    const [, key, value] = /^-- (\w+): (.+)$/.exec(line) ?? wrong(`has a header line that says nothing: ${line}`);
    return { key: key!, words: value!.trim().split(/\s+/) };
  });
  const all = (key: string) => header.filter((line) => line.key === key).map(({ words }) => words);
  const first = (key: string) => all(key)[0]?.[0] ?? wrong(`does not say its ${key}`);
  const among = <T extends string>(known: readonly T[], word: string | undefined): T =>
    known.find((one) => one === word) ?? wrong(`says "${word}", not one of ${known.join(', ')}`);

  const parameters = all('parameter').map(([name = '', type, , days]) => ({
    name,
    type: among(parameterTypes, type),
    default: days === undefined ? null : Number(days),
  }));
  const columns = all('column').map(([name = '', type, title = '']) => ({
    name: camelCase(name),
    type: among(Object.keys(columnTypes) as ColumnType[], type),
    title,
  }));
  const [chart] = all('chart').map(([kind, x = '', y = '', by]) => ({
    kind: among(['line', 'bar'], kind),
    x: camelCase(x),
    y: camelCase(y),
    by: by === undefined ? null : camelCase(by),
  }));
  for (const name of chart ? [chart.x, chart.y, ...(chart.by ? [chart.by] : [])] : [])
    if (!columns.some((column) => column.name === name)) wrong(`draws "${name}", which is no column`);

  const casts: Record<string, string> = {
    ...builtIn,
    ...Object.fromEntries(parameters.map(({ name, type }) => [name, parameterCasts[type]])),
  };
  const statement = lines.slice(length).join('\n').trim().replace(/;$/, '');
  const parts = partsOf(statement, (name) => casts[name] ?? wrong(`asks for :${name}, which nobody gives`));
  const ofPatients = among(['yes', 'no'], first('patients')) === 'yes';
  if (ofPatients && !parts.some((part) => 'maySee' in part)) wrong('is over patients and has no :may_see(…)');
  if (!ofPatients && columns.some(({ type }) => type === 'patient')) wrong('shows patients and says it does not');

  return {
    id,
    plugin,
    title: first('title'),
    about: first('about'),
    group: among(groups, first('group')),
    permission: first('permission'),
    needs: all('needs').flat(),
    ofPatients,
    order: Number(first('order')),
    parameters,
    columns,
    words: all('words').flat(),
    chart: chart ?? null,
    parts,
  };
};

/** `::date` is a cast and stays. */
const placeholder = /:may_(see|count)\(([\w.]+)\)|(?<![:\w]):([a-z_]+)/g;

const partsOf = (statement: string, castOf: (name: string) => string): Part[] => {
  const parts: Part[] = [];
  let at = 0;
  for (const { 0: whole, 1: may, 2: column = '', 3: name, index } of statement.matchAll(placeholder)) {
    parts.push({ text: statement.slice(at, index) });
    if (may === undefined) parts.push({ value: name!, cast: castOf(name!) });
    else parts.push(may === 'see' ? { maySee: column } : { mayCount: column });
    at = index + whole.length;
  }
  return [...parts, { text: statement.slice(at) }];
};

/** At most so many rows, in the order that the report gives them. */
export const queryOf = ({ parts, columns }: Report, db: Db, values: Values, limit: number): Query => {
  const row = z.object(Object.fromEntries(columns.map(({ name, type }) => [name, columnTypes[type].nullable()])));
  const body = parts.map((part): Fragment => {
    if ('maySee' in part) return maySee(db, part.maySee);
    if ('mayCount' in part) return mayCount(db, part.mayCount);
    if ('value' in part) return sql.fragment`${values[part.value] ?? null}::${verbatim(part.cast)}`;
    return verbatim(part.text);
  });
  return sql.type(row)`select * from (${sql.join(body, verbatim(' '))}) report limit ${limit}`;
};

/** Text of a file that ships with its plugin; Slonik takes only what looks like a literal of the source, which this is as well. */
const verbatim = (text: string): Fragment => sql.fragment(Object.assign([text], { raw: Object.freeze([text]) }));
