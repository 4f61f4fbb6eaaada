import { sql } from '../../core/database.ts';
import { at, type Column, type SearchParameter } from './parameter.ts';
import { likeText } from '../../core/like.ts';

/** A whole address; `:below` takes everything that begins with it. */
export const uri = (column: Column): SearchParameter => ({
  kind: 'uri',
  modifiers: ['below', 'missing'],
  matches: (alias, { value, modifier }) =>
    modifier === 'below'
      ? sql.fragment`${at(alias, column)} like ${`${likeText(value)}%`}`
      : sql.fragment`${at(alias, column)} = ${value}`,
  missing: (alias) => sql.fragment`${at(alias, column)} is null`,
  order: (alias) => at(alias, column),
});
