import { sql, type Fragment } from '../../core/database.ts';
import { refuse } from '../../core/refuse.ts';

/** A column of the row asked about, or an expression that names its alias itself. */
export type Column = string | Fragment;

export type Kind = 'date' | 'number' | 'quantity' | 'reference' | 'string' | 'token' | 'uri';

/** `maySee` of whoever asks: for rows of several patients that one resource holds ('l.patient_id'). */
export type See = (column: string) => Fragment;

export interface Asked {
  /** Name of the parameter, for what is said about a bad value. */
  name: string;
  /** One value, unescaped; the caller has split at commas. */
  value: string;
  /** The same split at its bars; a bar that was escaped belongs to its part. */
  parts: readonly string[];
  /** Without the colon; a type ('Patient') for references. `not` and `missing` are the machinery's. */
  modifier?: string;
}

/** One thing that may be asked of a row. Made by token(), reference(), date(), string(), number(), uri(), child(), anyOf(). */
export interface SearchParameter {
  readonly kind: Kind;
  readonly modifiers: readonly string[];
  /** Types that a reference may lead to. */
  readonly targets?: readonly string[];
  /** Holds for the row with this alias when the value matches; `see` for what only some may ask. @throws refusal `search_value_unusable` */
  matches(alias: string, asked: Asked, see: See): Fragment;
  /** Holds when the row has no value. */
  missing(alias: string): Fragment;
  /** What `_sort` orders by. */
  readonly order?: (alias: string) => Fragment;
}

export const at = (alias: string, column: Column): Fragment =>
  typeof column === 'string' ? sql.fragment`${sql.identifier([alias, column])}` : column;

export const unusable = ({ name }: Asked, expected: string): Error =>
  refuse('search_value_unusable', { parameter: name, expected });

/** `system|code`; without a bar the system is undefined. Bars after the first belong to the code. */
export const systemAndCode = ({ parts }: Asked): [system: string | undefined, code: string] => {
  const [first = '', ...rest] = parts;
  return rest.length > 0 ? [first, rest.join('|')] : [undefined, first];
};

export const either = (conditions: readonly Fragment[]): Fragment =>
  sql.fragment`(${sql.join(conditions as Fragment[], sql.fragment` or `)})`;
export const all = (conditions: readonly Fragment[]): Fragment =>
  sql.fragment`(${sql.join(conditions as Fragment[], sql.fragment` and `)})`;

/** One parameter that may stand in several places: anyOf(reference('patient_id', ['Patient']), reference('location_id', ['Location'])). */
export const anyOf = (first: SearchParameter, ...others: SearchParameter[]): SearchParameter => {
  const parts = [first, ...others];
  return {
    kind: first.kind,
    modifiers: first.modifiers,
    ...(parts.some((part) => part.targets)
      ? { targets: [...new Set(parts.flatMap((part) => part.targets ?? []))] }
      : {}),
    matches: (alias, asked, see) => either(parts.map((part) => part.matches(alias, asked, see))),
    missing: (alias) => all(parts.map((part) => part.missing(alias))),
    ...(first.order ? { order: first.order } : {}),
  };
};
