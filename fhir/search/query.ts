import { sql } from '../../core/database.ts';
import { refuse } from '../../core/refuse.ts';
import { identifier } from '../identifiers.ts';
import { isUuid } from '../ids.ts';
import type { AnyResource } from '../resource.ts';
import { date } from './date.ts';
import { summaries, type Summary } from './subset.ts';
import type { Asked, SearchParameter } from './parameter.ts';
import { token } from './token.ts';

/** One parameter of a search: AND with the others, OR between its values. */
export interface Condition {
  parameter: SearchParameter;
  name: string;
  modifier: string | undefined;
  /** As they were sent: escaped. */
  values: string[];
}
export interface Include {
  type: string;
  parameter: string;
  target: string | undefined;
  /** Also asked of what was included. */
  iterate: boolean;
}
export interface Query {
  conditions: Condition[];
  sort: { parameter: SearchParameter; descending: boolean }[];
  count: number;
  total: 'none' | 'accurate';
  onlyTotal: boolean;
  include: Include[];
  revinclude: Include[];
  elements: string[] | null;
  summary: Summary | null;
  /** What was understood, for the self link. */
  used: [name: string, value: string][];
}

const most = { count: 100, parameters: 50, values: 100, includes: 10 };
/** Said by clients of every server; they change nothing here. */
const forAll = new Set(['_format', '_pretty']);

/** Compared as what it is, so that the primary key is used. */
const byId: SearchParameter = {
  ...token('id'),
  matches: (alias, { value }) =>
    isUuid(value) ? sql.fragment`${sql.identifier([alias, 'id'])} = ${value}::uuid` : sql.fragment`false`,
  order: (alias) => sql.fragment`${sql.identifier([alias, 'id'])}`,
};

/** What may be asked of every type, and then what the type adds. */
export const parametersOf = (resource: AnyResource): ReadonlyMap<string, SearchParameter> =>
  new Map<string, SearchParameter>([
    ...Object.entries(resource.search),
    ['_id', byId],
    ['_lastUpdated', date('updated_at')],
    ['identifier', identifier(resource.type, resource.search.identifier)],
  ]);

/** Split at each mark that no backslash escapes; what is escaped stays so. */
const splitAt = (mark: ',' | '|', text: string): string[] => {
  const parts = [''];
  for (const [piece] of text.matchAll(/\\.|[^]/g)) {
    if (piece === mark) parts.push('');
    else parts[parts.length - 1] += piece;
  }
  return parts;
};
const unescape = (text: string): string => text.replace(/\\([,$|\\])/g, '$1');

/**
 * Parameters as they were asked, in the order they came. Unknown ones are ignored and not in the self link, or refused
 * when `strict`. @throws 400 for a modifier or value that cannot be meant
 */
export const readQuery = (
  resource: AnyResource,
  asked: readonly (readonly [string, string])[],
  strict: boolean,
): Query => {
  if (asked.length > most.parameters) throw refuse('search_too_long');
  const known = parametersOf(resource);
  const query: Query = {
    conditions: [],
    sort: [],
    count: 50,
    total: 'none',
    onlyTotal: false,
    include: [],
    revinclude: [],
    elements: null,
    summary: null,
    used: [],
  };
  const ignore = (name: string) => {
    if (strict) throw refuse('search_parameter_unknown', { parameter: name, resourceType: resource.type });
  };
  for (const [full, value] of asked) {
    if (value === '' || forAll.has(full)) continue;
    const [name = '', modifier] = full.split(':');
    if (name.startsWith('_') && readControl(query, resource, known, full, value, ignore)) continue;
    const parameter = known.get(name);
    // A chain left out would answer with everybody.
    if (full.includes('.') || name === '_has')
      throw refuse('search_parameter_unknown', { parameter: full, resourceType: resource.type });
    if (!parameter) {
      ignore(full);
      continue;
    }
    if (modifier !== undefined && !parameter.modifiers.includes(modifier))
      throw refuse('search_modifier_unknown', { parameter: name, modifier });
    // An empty alternative would begin every name.
    const values = splitAt(',', value).filter((each) => each !== '');
    if (values.length === 0) throw refuse('search_value_unusable', { parameter: full, expected: 'a value' });
    if (values.length > most.values) throw refuse('search_too_long');
    if (modifier === 'missing' && !/^(true|false)$/.test(value))
      throw refuse('search_value_unusable', { parameter: full, expected: 'true or false' });
    query.conditions.push({ parameter, name, modifier, values });
    query.used.push([full, value]);
  }
  // R4: a text without its data says nothing about what belongs to it.
  if (query.summary === 'text' && query.include.length + query.revinclude.length > 0)
    throw refuse('search_value_unusable', { parameter: '_summary', expected: 'no text together with _include' });
  return query;
};

/** Parameters that say how to answer. True when it was one. */
const readControl = (
  query: Query,
  resource: AnyResource,
  known: ReadonlyMap<string, SearchParameter>,
  full: string,
  value: string,
  ignore: (name: string) => void,
): boolean => {
  const bad = (expected: string) => refuse('search_value_unusable', { parameter: full, expected });
  switch (full) {
    case '_count':
      if (!/^\d{1,9}$/.test(value)) throw bad('a number');
      query.count = Math.min(Number(value), most.count);
      query.onlyTotal ||= query.count === 0;
      break;
    case '_total':
      if (!['none', 'estimate', 'accurate'].includes(value)) throw bad('none, estimate or accurate');
      query.total = value === 'none' ? 'none' : 'accurate';
      break;
    case '_summary':
      if (!['count', 'false', ...summaries].includes(value)) throw bad(`${summaries.join(', ')}, count or false`);
      query.onlyTotal ||= value === 'count';
      query.summary = summaries.find((each) => each === value) ?? null;
      break;
    case '_elements':
      query.elements = value.split(',');
      break;
    case '_sort':
      sortBy(query, known, value.split(','), ignore);
      return true;
    case '_include':
    case '_include:iterate':
    case '_revinclude':
    case '_revinclude:iterate': {
      const forward = full.startsWith('_include');
      const iterate = full.endsWith(':iterate');
      const [type = '', parameter = '', target] = forward && value === '*' ? [resource.type, '*'] : value.split(':');
      if (!type || !parameter) throw bad('Type:parameter');
      const list = forward ? query.include : query.revinclude;
      list.push({ type, parameter, target, iterate });
      if (list.length > most.includes) throw refuse('search_too_long');
      if (forward && !iterate && type !== resource.type) ignore(`_include=${value}`);
      break;
    }
    default:
      return false;
  }
  query.used.push([full, value]);
  return true;
};

const sortBy = (
  query: Query,
  known: ReadonlyMap<string, SearchParameter>,
  keys: readonly string[],
  ignore: (name: string) => void,
): void => {
  const taken = keys.filter((key) => {
    const parameter = known.get(key.replace(/^-/, ''));
    if (parameter?.order) query.sort.push({ parameter, descending: key.startsWith('-') });
    else ignore(`_sort=${key}`);
    return parameter?.order;
  });
  if (query.sort.length > 4) throw refuse('search_too_long');
  if (taken.length > 0) query.used.push(['_sort', taken.join()]);
};

/** One value of a condition, as parameters take it. */
export const askedOf = (condition: Condition, value: string): Asked => ({
  name: condition.name,
  value: unescape(value),
  parts: splitAt('|', value).map(unescape),
  ...(condition.modifier === undefined ? {} : { modifier: condition.modifier }),
});
